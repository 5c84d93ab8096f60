"""bump-pins pins another release only if two sources agree on the archives of all six targets."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from runtime.build.uv import venv_python
from runtime.cli import main
from runtime.errors import InputMissingError, PinsDisagreeError, PinsError, SourceUnreachableError
from runtime.fetch.bump import RequestedPin, bump
from runtime.fetch.pins import PBS_INSTALLER, load_pins
from runtime.host.progress import Progress
from runtime.project import Project
from runtime.targets import TARGETS
from runtime.tests.conftest import REPO, Server, StagingProject

QUIET = Progress(io.StringIO())


def names(python: str, release: str) -> dict[str, str]:
    """Six archives with different SHA-256."""
    return {
        f"cpython-{python}+{release}-{target}-install_only_stripped.tar.gz": f"{index}{release}".ljust(64, "a")
        for index, target in enumerate(TARGETS)
    }


OLD, NEW = names("3.14.9", "20261021"), names("3.14.10", "20261121")
OTHER_MINOR = names("3.15.2", "20261201")


def sums(path: Path, *releases: dict[str, str]) -> str:
    """A SHA256SUMS file."""
    lines = [f"{digest}  {name}\n" for release in releases for name, digest in release.items()]
    path.write_text("".join([*lines, f"{'0' * 64}  something-else.tar.zst\n"]), encoding="utf-8")
    return str(path)


def table(path: Path, *releases: dict[str, str]) -> str:
    """A JSON file with `url` and `sha256` of each archive."""
    files = [
        {"url": f"https://mirror.invalid/x/{name.replace('+', '%2B')}", "sha256": digest}
        for release in releases
        for name, digest in release.items()
    ]
    path.write_text(json.dumps([{"files": files, "version": {"micro": 1}}]), encoding="utf-8")
    return str(path)


@pytest.fixture
def pins_file(staging_project: StagingProject) -> Path:
    """The pins file of a temporary project."""
    staging_project.project.pins_file.write_bytes((REPO / "runtime" / "pins.json").read_bytes())
    return staging_project.project.pins_file


def test_newest_common_patch_release_is_pinned(pins_file: Path, tmp_path: Path) -> None:
    half = dict(list(names("3.14.11", "20261221").items())[:5])
    sources = [
        sums(tmp_path / "SUMS", OLD, NEW, OTHER_MINOR, half),
        table(tmp_path / "t.json", NEW, OLD, OTHER_MINOR, half),
    ]
    pins = bump(pins_file, RequestedPin(), sources, QUIET)
    assert (pins.python, pins.release) == ("3.14.10", "20261121")
    assert load_pins(pins_file) == pins
    assert pins.for_target(TARGETS[2]).sha256.startswith("220261121a")
    assert pins.for_target(TARGETS[2]).file_name in NEW


def test_pins_file_is_unchanged_if_the_release_is_already_pinned(pins_file: Path, tmp_path: Path) -> None:
    before = pins_file.read_text(encoding="utf-8")
    pins = load_pins(pins_file)
    same = {pins.for_target(target).file_name: pins.sha256[target] for target in TARGETS}
    bump(pins_file, RequestedPin(), [sums(tmp_path / "SUMS", same), table(tmp_path / "t.json", same)], QUIET)
    assert pins_file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("altered", ["f" * 64, None])
def test_disagreeing_sources_change_nothing(pins_file: Path, tmp_path: Path, altered: str | None) -> None:
    before, name = pins_file.read_bytes(), list(NEW)[3]
    other = {key: altered if key == name else digest for key, digest in NEW.items() if altered or key != name}
    sources = [
        sums(tmp_path / "SUMS", NEW),
        table(tmp_path / "t.json", {key: str(value) for key, value in other.items()}),
    ]
    with pytest.raises(PinsDisagreeError, match=f"{TARGETS[3]}.*SUMS has 3.*t.json has {altered or 'none'}"):
        bump(pins_file, RequestedPin("3.14.10", "20261121"), sources, QUIET)
    assert pins_file.read_bytes() == before


def test_single_source_is_refused(pins_file: Path, tmp_path: Path) -> None:
    source = sums(tmp_path / "SUMS", NEW)
    with pytest.raises(InputMissingError, match="requires two sources"):
        bump(pins_file, RequestedPin(), [source, source], QUIET)


def test_url_is_queried_for_the_release_of_the_other_source(pins_file: Path, tmp_path: Path, server: Server) -> None:
    server.files["/20261121/SUMS"] = Path(sums(tmp_path / "SUMS", NEW)).read_bytes()
    wheel = tmp_path / "known.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(table(tmp_path / "t.json", OLD, NEW), "known/versions.json")
        archive.writestr("known-1.dist-info/direct_url.json", "{}")
    sources = [f"{server.address}/{{release}}/SUMS", str(wheel)]
    assert bump(pins_file, RequestedPin(), sources, QUIET).python == "3.14.10"
    assert server.requested_paths == ["/20261121/SUMS"]


def test_unreachable_source_is_named_with_the_next_step(
    staging_project: StagingProject,
    pins_file: Path,
    tmp_path: Path,
    unreachable_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = pins_file.read_bytes()
    sources = ["--source", sums(tmp_path / "SUMS", NEW), "--source", f"{unreachable_url}/{{release}}/SUMS"]
    assert main(["bump-pins", *sources], staging_project.project) == SourceUnreachableError.exit_status == 3
    error_output = capsys.readouterr().err
    assert "bump-pins requires two sources" in error_output
    assert "--source path/to/SHA256SUMS" in error_output
    assert pins_file.read_bytes() == before


def test_credentials_of_sources_are_not_printed(
    staging_project: StagingProject,
    pins_file: Path,
    tmp_path: Path,
    server: Server,
    unreachable_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, unreachable = (
        address.replace("http://", "http://user:secret@") for address in (server.address, unreachable_url)
    )
    altered = NEW | {list(NEW)[3]: "f" * 64}
    for name, releases in {"SUMS": [NEW], "altered": [altered], "old": [OLD]}.items():
        server.files[f"/{name}"] = Path(sums(tmp_path / name, *releases)).read_bytes()
    server.files["/empty"] = b""

    def exit_status(*sources: str) -> int:
        options = [option for source in sources for option in ("--source", source)]
        return main(["bump-pins", "--dry-run", "--json", *options], staging_project.project)

    known = f"{private}/SUMS"
    assert exit_status(known, table(tmp_path / "t.json", NEW)) == 0
    assert exit_status(known, f"{private}/altered") == PinsDisagreeError.exit_status
    assert exit_status(known, f"{unreachable}/SUMS") == SourceUnreachableError.exit_status
    for refused in (
        f"{private}/old",
        f"{private}/empty",
        f"{private}/missing",
        "ftp://user:secret@x",
        f"{server.address}/SUMS",
    ):
        assert exit_status(known, refused) == 1, refused
    captured = capsys.readouterr()
    assert f"{server.address}/SUMS" in captured.out
    assert "secret" not in captured.out + captured.err


def test_dry_run_writes_nothing(
    staging_project: StagingProject, pins_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pins_file.read_bytes()
    sources = ["--source", sums(tmp_path / "SUMS", NEW), "--source", table(tmp_path / "t.json", NEW)]
    assert main(["bump-pins", "--dry-run", "--json", *sources], staging_project.project) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is True
    assert pins_file.read_bytes() == before


@pytest.mark.parametrize("requested", ["3.15", "3.15.2"])
def test_new_minor_version_lists_the_required_changes(
    pins_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], requested: str
) -> None:
    older = names("3.15.1", "20261201")
    sources = [sums(tmp_path / "SUMS", NEW, OTHER_MINOR, older), table(tmp_path / "t.json", older, NEW, OTHER_MINOR)]
    assert bump(pins_file, RequestedPin(python=requested), sources, QUIET).python == "3.15.2"
    error_output = capsys.readouterr().err
    assert "make lock" in error_output
    assert "go_module" in error_output


def test_release_unknown_to_all_sources_is_reported(pins_file: Path, tmp_path: Path) -> None:
    sources = [sums(tmp_path / "SUMS", NEW), table(tmp_path / "t.json", NEW)]
    with pytest.raises(PinsError, match=r"Python 3\.12\.1"):
        bump(pins_file, RequestedPin(python="3.12.1"), sources, QUIET)
    (tmp_path / "page.html").write_text("<html>sign in first</html>", encoding="utf-8")
    with pytest.raises(PinsError, match="lists no archives"):
        bump(pins_file, RequestedPin(), [sources[0], str(tmp_path / "page.html")], QUIET)


def test_pins_match_an_independent_package(pins_file: Path, tmp_path: Path) -> None:
    pins = load_pins(pins_file)
    pinned = {pins.for_target(target).file_name: pins.sha256[target] for target in TARGETS}
    requested = RequestedPin(pins.python, pins.release)
    pip = venv_python(Project.at(REPO).tools_venv)
    assert bump(pins_file, requested, [PBS_INSTALLER, sums(tmp_path / "SUMS", pinned)], QUIET, pip, write=False) == pins
