"""Each source through the one pipeline, and each way a source can fail."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from runtime.build.stage import Outcome, Tools
from runtime.errors import (
    ArchiveTruncatedError,
    InputMissingError,
    NotShippableError,
    RuntimeStagingError,
    SourceRefusedError,
    SourceUnreachableError,
    UnsupportedTargetError,
    WrongDigestError,
    WrongVersionError,
)
from runtime.fetch.archive import Request, Source
from runtime.fetch.pins import load_pins
from runtime.integrity.digests import sha256_file
from runtime.integrity.stamp import PROVENANCE
from runtime.integrity.verify import verify
from runtime.targets import host_target
from runtime.tests.conftest import (
    FAKE_FILES,
    FAKE_LINKS,
    LIGHT_TOOLS,
    PINNED_PYTHON,
    REPO,
    Bench,
    Server,
    build_details,
    write_archive,
)

PATH = "/20261021/cpython-3.14.9%2B20261021-{target}.tar.gz"


def stamp(bench: Bench) -> dict[str, Any]:
    """The staged tree's stamp, once the tree has been verified."""
    verify(bench.tree)
    raw: dict[str, Any] = json.loads((bench.tree / "stamp.json").read_text(encoding="utf-8"))
    return raw


GO_MODULE_PYTHON = load_pins(REPO / "runtime" / "pins.json").go_module.python


def repacked(bench: Bench) -> Tools:
    """Tools whose Go module is a small archive of the version that pins.json names."""
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(GO_MODULE_PYTHON)}
    archive = write_archive(bench.cache / "go-module.tar", files, FAKE_LINKS)
    return dataclasses.replace(LIGHT_TOOLS, fetch_go_module=lambda *_: archive)


def served(bench: Bench, server: Server) -> None:
    """Pin the server as the official release, and let it serve the archive there."""
    bench.pin(server.address + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    server.files[PATH.format(target=host_target())] = bench.archive.read_bytes()


def test_a_local_archive_is_staged_and_called_so(bench: Bench) -> None:
    assert bench.staging(Request(archive=bench.archive)).run() is Outcome.STAGED
    assert (stamp(bench)["provenance"], stamp(bench)["shippable"]) == ("local archive", True)


def test_the_official_release_is_fetched_once_and_kept(bench: Bench, server: Server) -> None:
    served(bench, server)
    bench.staging(Request()).run()
    assert stamp(bench)["provenance"] == "official release"
    bench.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    assert bench.staging(Request()).run() is Outcome.STAGED
    assert len(server.asked) == 1


@pytest.mark.parametrize("flat", [False, True])
def test_a_mirror_comes_before_the_official_release(bench: Bench, server: Server, closed_port: str, flat: bool) -> None:
    bench.pin(closed_port + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    name = PATH.format(target=host_target()).rsplit("/", 1)[-1]
    server.files[f"/pbs/{name}" if flat else f"/pbs/20261021/{name}"] = bench.archive.read_bytes()
    bench.staging(Request(mirror=f"{server.address}/pbs/")).run()
    assert stamp(bench)["provenance"] == "mirror"
    assert stamp(bench)["archive"]["origin"].startswith(server.address)


def test_a_folder_can_be_the_mirror_and_its_path_is_not_written_down(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "mirror with spaces" / "20261021"
    name = f"cpython-3.14.9+20261021-{host_target()}.tar.gz"
    write_archive(folder / name, FAKE_FILES, FAKE_LINKS)
    bench.archive.write_bytes((folder / name).read_bytes())
    bench.pin("http://127.0.0.1:9/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    bench.staging(Request(mirror=folder.parent.as_uri())).run()
    assert (stamp(bench)["provenance"], stamp(bench)["archive"]["origin"]) == ("mirror", name)


def test_credentials_of_a_mirror_stay_out_of_the_stamp(bench: Bench, server: Server) -> None:
    served(bench, server)
    mirror = server.address.replace("http://", "http://user:secret@")
    # urllib sends no credentials from a URL; what counts is that none are written down.
    with pytest.raises(RuntimeStagingError) as caught:
        bench.staging(Request(source=Source.MIRROR, mirror=f"{mirror}/nothing-here")).run()
    assert "secret" not in str(caught.value)


def test_unreachable_release_falls_back_to_the_go_module_with_its_own_provenance_and_version(
    bench: Bench, closed_port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    bench.staging(Request(), repacked(bench)).run()
    assert (stamp(bench)["provenance"], stamp(bench)["shippable"]) == ("Go module", False)
    assert stamp(bench)["python"] == GO_MODULE_PYTHON != PINNED_PYTHON
    assert stamp(bench)["archive"]["origin"].startswith("github.com/")
    said = capsys.readouterr().err
    assert "can't be reached" in said
    assert "next source: go-module" in said
    assert bench.staging(Request(), LIGHT_TOOLS).run() is Outcome.NOTHING
    with pytest.raises(
        NotShippableError, match=f"CPython {GO_MODULE_PYTHON} from a Go module, which may not be shipped"
    ):
        verify(bench.tree, shippable=True)


def test_go_module_with_another_version_than_its_name_says_is_refused(bench: Bench) -> None:
    tools = dataclasses.replace(LIGHT_TOOLS, fetch_go_module=lambda *_: bench.archive)
    with pytest.raises(WrongVersionError, match=f"not {GO_MODULE_PYTHON}"):
        bench.staging(Request(source=Source.GO_MODULE), tools).run()


def test_target_that_the_go_module_lacks_is_refused_by_name(bench: Bench, closed_port: str) -> None:
    bench.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    foreign = "aarch64-pc-windows-msvc"
    with pytest.raises(SourceUnreachableError, match=f"no tree for {foreign}"):
        bench.staging(Request(), target=foreign).run()
    with pytest.raises(UnsupportedTargetError, match="RUNTIME_ARCHIVE"):
        bench.staging(Request(source=Source.GO_MODULE), target=foreign).run()


def test_go_module_with_another_minor_version_is_refused(bench: Bench, closed_port: str) -> None:
    bench.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    pins = json.loads(bench.project.pins_file.read_text(encoding="utf-8"))
    bench.project.pins_file.write_text(json.dumps(pins | {"python": "3.15.1"}), encoding="utf-8")
    with pytest.raises(SourceUnreachableError, match=rf"carries CPython {GO_MODULE_PYTHON}, not 3\.15"):
        bench.staging(Request()).run()


def test_a_source_that_is_forced_is_not_passed_over(bench: Bench, closed_port: str) -> None:
    bench.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    with pytest.raises(SourceUnreachableError):
        bench.staging(Request(source=Source.OFFICIAL), repacked(bench)).run()
    bench.staging(Request(source=Source.GO_MODULE), repacked(bench)).run()
    assert stamp(bench)["provenance"] == "Go module"


def test_about_page_knows_every_provenance() -> None:
    text = (REPO / "frontend/src/engine/about/runtime-origin.tsx").read_text(encoding="utf-8")
    known = re.findall(r'(?m)^  "?([\w ]+)"?: \{$', text)
    assert sorted(known) == sorted([*PROVENANCE.values(), "system"])


def fails_hard(bench: Bench, request: Request, error: type[RuntimeStagingError], match: str) -> None:
    """The request fails with this error, and the Go module is not tried."""

    def never(*_: object) -> Path:
        raise AssertionError("fell through to the Go module")

    with pytest.raises(error, match=match):
        bench.staging(request, dataclasses.replace(LIGHT_TOOLS, fetch_go_module=never)).run()
    assert not bench.tree.exists()
    assert not list(bench.project.trees.glob(".staging-*"))
    assert not list(bench.cache.rglob(".partial-*"))


def test_a_wrong_sha256_ends_it(bench: Bench, server: Server) -> None:
    served(bench, server)
    server.files[PATH.format(target=host_target())] += b"tampered"
    fails_hard(bench, Request(), WrongDigestError, "It was not used")
    fails_hard(bench, Request(mirror=server.address), WrongDigestError, "It was not used")
    assert not list(bench.cache.rglob("*.tar.gz"))


def test_a_local_archive_with_the_wrong_sha256_ends_it(bench: Bench, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    fails_hard(bench, Request(archive=other), WrongDigestError, "pass --sha256")
    fails_hard(bench, Request(archive=bench.archive, archive_sha256="0" * 64), WrongDigestError, "--sha256")


def test_a_sha256_given_by_hand_admits_exactly_that_archive(bench: Bench, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    bench.staging(Request(archive=other, archive_sha256=sha256_file(other))).run()
    assert (bench.tree / "python/lib/extra").is_file()


def test_a_404_ends_it(bench: Bench, server: Server) -> None:
    served(bench, server)
    server.files.clear()
    fails_hard(bench, Request(), SourceRefusedError, "HTTP 404")
    fails_hard(bench, Request(mirror=server.address), SourceRefusedError, "HTTP 404.*HTTP 404")
    fails_hard(bench, Request(mirror=bench.cache.as_uri()), SourceRefusedError, "names no file")


def test_a_transfer_that_breaks_off_ends_it(bench: Bench, server: Server) -> None:
    served(bench, server)
    server.cut_off_after_bytes = 100
    fails_hard(bench, Request(), ArchiveTruncatedError, "broke off after 100 of")


def test_a_truncated_archive_ends_it(bench: Bench, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(bench.archive.read_bytes()[:-200])
    fails_hard(bench, Request(archive=cut), WrongDigestError, "cut off, altered or another version")
    fails_hard(
        bench, Request(archive=cut, archive_sha256=sha256_file(cut)), ArchiveTruncatedError, "cut off or damaged"
    )


def test_a_damaged_archive_in_the_cache_is_fetched_again(bench: Bench, server: Server) -> None:
    served(bench, server)
    bench.staging(Request()).run()
    (cached,) = bench.cache.rglob("*.tar.gz")
    cached.write_bytes(b"damaged")
    bench.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    bench.staging(Request()).run()
    assert len(server.asked) == 2
    verify(bench.tree)


def test_what_is_not_there_is_named(bench: Bench, tmp_path: Path) -> None:
    fails_hard(bench, Request(archive=tmp_path / "nothing.tar.gz"), InputMissingError, "nothing.tar.gz does not exist")
    fails_hard(bench, Request(source=Source.ARCHIVE), InputMissingError, "RUNTIME_ARCHIVE")
    fails_hard(bench, Request(source=Source.MIRROR), InputMissingError, "RUNTIME_MIRROR")
    fails_hard(bench, Request(mirror="ftp://127.0.0.1/x"), SourceRefusedError, "is not an http")
