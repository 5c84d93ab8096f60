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
    Server,
    StagingProject,
    build_details,
    write_archive,
)

PATH = "/20261021/cpython-3.14.9%2B20261021-{target}.tar.gz"


def stamp(staging_project: StagingProject) -> dict[str, Any]:
    """The staged tree's stamp, once the tree has been verified."""
    verify(staging_project.tree)
    raw: dict[str, Any] = json.loads((staging_project.tree / "stamp.json").read_text(encoding="utf-8"))
    return raw


GO_MODULE_PYTHON = load_pins(REPO / "runtime" / "pins.json").go_module.python


def repacked(staging_project: StagingProject) -> Tools:
    """Tools whose Go module is a small archive of the version that pins.json names."""
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(GO_MODULE_PYTHON)}
    archive = write_archive(staging_project.cache / "go-module.tar", files, FAKE_LINKS)
    return dataclasses.replace(LIGHT_TOOLS, fetch_go_module=lambda *_: archive)


def served(staging_project: StagingProject, server: Server) -> None:
    """Pin the server as the official release, and let it serve the archive there."""
    staging_project.pin(server.address + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    server.files[PATH.format(target=host_target())] = staging_project.archive.read_bytes()


def test_local_archive_is_staged_with_its_provenance(staging_project: StagingProject) -> None:
    assert staging_project.staging(Request(archive=staging_project.archive)).run() is Outcome.STAGED
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["shippable"]) == ("local archive", True)


def test_official_release_is_downloaded_once_and_cached(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    staging_project.staging(Request()).run()
    assert stamp(staging_project)["provenance"] == "official release"
    staging_project.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    assert staging_project.staging(Request()).run() is Outcome.STAGED
    assert len(server.asked) == 1


@pytest.mark.parametrize("flat", [False, True])
def test_mirror_precedes_the_official_release(
    staging_project: StagingProject, server: Server, closed_port: str, flat: bool
) -> None:
    staging_project.pin(closed_port + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    name = PATH.format(target=host_target()).rsplit("/", 1)[-1]
    server.files[f"/pbs/{name}" if flat else f"/pbs/20261021/{name}"] = staging_project.archive.read_bytes()
    staging_project.staging(Request(mirror=f"{server.address}/pbs/")).run()
    assert stamp(staging_project)["provenance"] == "mirror"
    assert stamp(staging_project)["archive"]["origin"].startswith(server.address)


def test_folder_can_be_the_mirror_and_its_path_is_not_in_the_stamp(
    staging_project: StagingProject, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror with spaces" / "20261021"
    name = f"cpython-3.14.9+20261021-{host_target()}.tar.gz"
    write_archive(folder / name, FAKE_FILES, FAKE_LINKS)
    staging_project.archive.write_bytes((folder / name).read_bytes())
    staging_project.pin("http://127.0.0.1:9/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    staging_project.staging(Request(mirror=folder.parent.as_uri())).run()
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["archive"]["origin"]) == ("mirror", name)


def test_credentials_of_a_mirror_stay_out_of_the_stamp(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    mirror = server.address.replace("http://", "http://user:secret@")
    # urllib sends no credentials from a URL; what counts is that none are written down.
    with pytest.raises(RuntimeStagingError) as caught:
        staging_project.staging(Request(source=Source.MIRROR, mirror=f"{mirror}/nothing-here")).run()
    assert "secret" not in str(caught.value)


def test_unreachable_release_falls_back_to_the_go_module_with_its_own_provenance_and_version(
    staging_project: StagingProject, closed_port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    staging_project.staging(Request(), repacked(staging_project)).run()
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["shippable"]) == ("Go module", False)
    assert stamp(staging_project)["python"] == GO_MODULE_PYTHON != PINNED_PYTHON
    assert stamp(staging_project)["archive"]["origin"].startswith("github.com/")
    said = capsys.readouterr().err
    assert "can't be reached" in said
    assert "next source: go-module" in said
    assert staging_project.staging(Request(), LIGHT_TOOLS).run() is Outcome.NOTHING
    with pytest.raises(
        NotShippableError, match=f"CPython {GO_MODULE_PYTHON} from a Go module, which may not be shipped"
    ):
        verify(staging_project.tree, shippable=True)


def test_go_module_with_another_version_than_its_name_says_is_refused(staging_project: StagingProject) -> None:
    tools = dataclasses.replace(LIGHT_TOOLS, fetch_go_module=lambda *_: staging_project.archive)
    with pytest.raises(WrongVersionError, match=f"not {GO_MODULE_PYTHON}"):
        staging_project.staging(Request(source=Source.GO_MODULE), tools).run()


def test_target_missing_in_the_go_module_is_refused_by_name(staging_project: StagingProject, closed_port: str) -> None:
    staging_project.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    foreign = "aarch64-pc-windows-msvc"
    with pytest.raises(SourceUnreachableError, match=f"no tree for {foreign}"):
        staging_project.staging(Request(), target=foreign).run()
    with pytest.raises(UnsupportedTargetError, match="RUNTIME_ARCHIVE"):
        staging_project.staging(Request(source=Source.GO_MODULE), target=foreign).run()


def test_go_module_with_another_minor_version_is_refused(staging_project: StagingProject, closed_port: str) -> None:
    staging_project.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    pins = json.loads(staging_project.project.pins_file.read_text(encoding="utf-8"))
    staging_project.project.pins_file.write_text(json.dumps(pins | {"python": "3.15.1"}), encoding="utf-8")
    with pytest.raises(SourceUnreachableError, match=rf"carries CPython {GO_MODULE_PYTHON}, not 3\.15"):
        staging_project.staging(Request()).run()


def test_forced_source_does_not_fall_through(staging_project: StagingProject, closed_port: str) -> None:
    staging_project.pin(closed_port + "/{release}/{python}/{target}.tar.gz")
    with pytest.raises(SourceUnreachableError):
        staging_project.staging(Request(source=Source.OFFICIAL), repacked(staging_project)).run()
    staging_project.staging(Request(source=Source.GO_MODULE), repacked(staging_project)).run()
    assert stamp(staging_project)["provenance"] == "Go module"


def test_about_page_lists_every_provenance() -> None:
    text = (REPO / "frontend/src/engine/about/runtime-origin.tsx").read_text(encoding="utf-8")
    known = re.findall(r'(?m)^  "?([\w ]+)"?: \{$', text)
    assert sorted(known) == sorted([*PROVENANCE.values(), "system"])


def fails_hard(staging_project: StagingProject, request: Request, error: type[RuntimeStagingError], match: str) -> None:
    """The request fails with this error, and the Go module is not tried."""

    def never(*_: object) -> Path:
        raise AssertionError("fell through to the Go module")

    with pytest.raises(error, match=match):
        staging_project.staging(request, dataclasses.replace(LIGHT_TOOLS, fetch_go_module=never)).run()
    assert not staging_project.tree.exists()
    assert not list(staging_project.project.trees.glob(".staging-*"))
    assert not list(staging_project.cache.rglob(".partial-*"))


def test_wrong_sha256_does_not_fall_through(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    server.files[PATH.format(target=host_target())] += b"tampered"
    fails_hard(staging_project, Request(), WrongDigestError, "It was not used")
    fails_hard(staging_project, Request(mirror=server.address), WrongDigestError, "It was not used")
    assert not list(staging_project.cache.rglob("*.tar.gz"))


def test_local_archive_with_the_wrong_sha256_is_refused(staging_project: StagingProject, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    fails_hard(staging_project, Request(archive=other), WrongDigestError, "pass --sha256")
    fails_hard(
        staging_project, Request(archive=staging_project.archive, archive_sha256="0" * 64), WrongDigestError, "--sha256"
    )


def test_given_sha256_allows_only_that_archive(staging_project: StagingProject, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    staging_project.staging(Request(archive=other, archive_sha256=sha256_file(other))).run()
    assert (staging_project.tree / "python/lib/extra").is_file()


def test_error_404_is_not_retried_elsewhere(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    server.files.clear()
    fails_hard(staging_project, Request(), SourceRefusedError, "HTTP 404")
    fails_hard(staging_project, Request(mirror=server.address), SourceRefusedError, "HTTP 404.*HTTP 404")
    fails_hard(staging_project, Request(mirror=staging_project.cache.as_uri()), SourceRefusedError, "does not exist")


def test_truncated_download_does_not_fall_through(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    server.cut_off_after_bytes = 100
    fails_hard(staging_project, Request(), ArchiveTruncatedError, "was interrupted after 100 of")


def test_truncated_archive_is_refused(staging_project: StagingProject, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(staging_project.archive.read_bytes()[:-200])
    fails_hard(staging_project, Request(archive=cut), WrongDigestError, "truncated, modified or another version")
    fails_hard(
        staging_project,
        Request(archive=cut, archive_sha256=sha256_file(cut)),
        ArchiveTruncatedError,
        "truncated or damaged",
    )


def test_damaged_cached_archive_is_downloaded_again(staging_project: StagingProject, server: Server) -> None:
    served(staging_project, server)
    staging_project.staging(Request()).run()
    (cached,) = staging_project.cache.rglob("*.tar.gz")
    cached.write_bytes(b"damaged")
    staging_project.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    staging_project.staging(Request()).run()
    assert len(server.asked) == 2
    verify(staging_project.tree)


def test_missing_file_is_named(staging_project: StagingProject, tmp_path: Path) -> None:
    fails_hard(
        staging_project,
        Request(archive=tmp_path / "nothing.tar.gz"),
        InputMissingError,
        "nothing.tar.gz does not exist",
    )
    fails_hard(staging_project, Request(source=Source.ARCHIVE), InputMissingError, "RUNTIME_ARCHIVE")
    fails_hard(staging_project, Request(source=Source.MIRROR), InputMissingError, "RUNTIME_MIRROR")
    fails_hard(staging_project, Request(mirror="ftp://127.0.0.1/x"), SourceRefusedError, "is not an http")
