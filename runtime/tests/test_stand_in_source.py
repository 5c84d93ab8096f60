"""Where the stand-in's source is looked for: the machine's own Debian entry, in either form apt reads."""

from pathlib import Path

import pytest

from runtime.errors import InputMissingError, WrongDigestError
from runtime.pins import load_pins
from runtime.standin import apt_source
from runtime.standin.apt_source import Mirror, fetch_tarball, find_mirror
from runtime.tests.conftest import REPO

DEB822 = """# comment
Types: deb
URIs: http://vendor.invalid/apt
Suites: bookworm
Components: contrib

Enabled: no
Types: deb
URIs: http://disabled.invalid/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main

Types: deb
# comment
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
"""


def test_deb822_sources_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822, encoding="utf-8")
    mirror = find_mirror(tmp_path, "bookworm")
    assert mirror.uri == "http://mirror.invalid/debian"
    stanza = mirror.source_stanza("trixie")
    assert stanza.startswith(
        "Types: deb-src\nURIs: http://mirror.invalid/debian\nSuites: trixie\nComponents: main\nSigned-By:"
    )
    assert " .\n abc\n" in stanza


@pytest.mark.parametrize(
    ("line", "signed_by"),
    [
        ("deb http://mirror.invalid/debian bookworm main", ""),
        (
            "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.invalid/debian bookworm main contrib",
            "/usr/share/keyrings/k.gpg",
        ),
    ],
)
def test_one_line_sources_are_read(line: str, signed_by: str, tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(f"# deb http://no.invalid bookworm main\n{line}\n", encoding="utf-8")
    assert find_mirror(tmp_path, "bookworm") == Mirror("http://mirror.invalid/debian", signed_by)


def test_a_machine_without_a_debian_entry_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://vendor.invalid/apt other main\n", encoding="utf-8")
    with pytest.raises(InputMissingError, match="RUNTIME_ARCHIVE or RUNTIME_MIRROR"):
        find_mirror(tmp_path, "bookworm")


@pytest.mark.parametrize(("sent", "match"), [("other.tar.xz", "no longer carries"), (None, "It was not used")])
def test_another_tarball_than_the_pinned_is_not_compiled(
    sent: str | None, match: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = load_pins(REPO / "runtime" / "pins.json").stand_in

    def apt(command: list[str], *, what: str, advice: str, cwd: Path | None = None) -> str:
        if cwd is not None:
            (cwd / (sent or pin.tarball)).write_text("altered", encoding="utf-8")
        return f"{what}. {advice}"

    monkeypatch.setattr(apt_source, "run", apt)
    with pytest.raises(WrongDigestError, match=match):
        fetch_tarball(pin, Mirror("http://mirror.invalid/debian"), tmp_path)
