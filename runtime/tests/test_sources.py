"""Staging from each source, and the failures of each source."""

import base64
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
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.fetch.pins import load_pins
from runtime.integrity.digests import sha256_file
from runtime.integrity.stamp import PROVENANCE
from runtime.integrity.verify import verify
from runtime.targets import host_target
from runtime.tests.conftest import (
    FAKE_FILES,
    FAKE_LINKS,
    PINNED_PYTHON,
    REPO,
    STUB_TOOLS,
    Server,
    StagingProject,
    build_details,
    write_archive,
)

PINS = load_pins(REPO / "runtime" / "pins.json")
PIN = PINS.for_target(host_target())
PATH = f"/{PIN.release}/cpython-{PIN.python}%2B{PIN.release}-{{target}}.tar.gz"


def stamp(staging_project: StagingProject) -> dict[str, Any]:
    """Verify the tree and return its stamp."""
    verify(staging_project.tree)
    raw: dict[str, Any] = json.loads((staging_project.tree / "stamp.json").read_text(encoding="utf-8"))
    return raw


GO_MODULE_PYTHON = PINS.go_module.python


def with_go_module(staging_project: StagingProject) -> Tools:
    """Tools with a stub of the Go module: a small archive of the version in pins.json."""
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(GO_MODULE_PYTHON)}
    archive = write_archive(staging_project.cache / "go-module.tar", files, FAKE_LINKS)
    return dataclasses.replace(STUB_TOOLS, fetch_go_module=lambda *_: archive)


def serve_official_release(staging_project: StagingProject, server: Server) -> None:
    """Serve the archive as the official release."""
    staging_project.pin(server.address + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    server.files[PATH.format(target=host_target())] = staging_project.archive.read_bytes()


def test_local_archive_is_staged_with_its_provenance(staging_project: StagingProject) -> None:
    assert staging_project.staging(ArchiveRequest(archive=staging_project.archive)).run() is Outcome.STAGED
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["shippable"]) == ("local archive", True)


def test_official_release_is_downloaded_once_and_cached(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    staging_project.staging(ArchiveRequest()).run()
    assert stamp(staging_project)["provenance"] == "official release"
    staging_project.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    assert staging_project.staging(ArchiveRequest()).run() is Outcome.STAGED
    assert len(server.requested_paths) == 1


@pytest.mark.parametrize("flat", [False, True])
def test_mirror_precedes_the_official_release(
    staging_project: StagingProject, server: Server, unreachable_url: str, flat: bool
) -> None:
    staging_project.pin(unreachable_url + "/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    name = PATH.format(target=host_target()).rsplit("/", 1)[-1]
    server.files[f"/pbs/{name}" if flat else f"/pbs/{PIN.release}/{name}"] = staging_project.archive.read_bytes()
    staging_project.staging(ArchiveRequest(mirror=f"{server.address}/pbs/")).run()
    assert stamp(staging_project)["provenance"] == "mirror"
    assert stamp(staging_project)["archive"]["origin"].startswith(server.address)


def test_folder_can_be_the_mirror_and_its_path_is_not_in_the_stamp(
    staging_project: StagingProject, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror with spaces" / PIN.release
    name = f"cpython-{PIN.python}+{PIN.release}-{host_target()}.tar.gz"
    write_archive(folder / name, FAKE_FILES, FAKE_LINKS)
    staging_project.archive.write_bytes((folder / name).read_bytes())
    staging_project.pin("http://127.0.0.1:9/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    staging_project.staging(ArchiveRequest(mirror=folder.parent.as_uri())).run()
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["archive"]["origin"]) == ("mirror", name)


@pytest.mark.parametrize("with_port", [True, False])
def test_credentials_of_a_mirror_are_not_printed(
    staging_project: StagingProject, server: Server, with_port: bool
) -> None:
    serve_official_release(staging_project, server)
    mirror = (server.address if with_port else "http://127.0.0.1").replace("http://", "http://user:secret@")
    with pytest.raises(RuntimeStagingError) as caught:
        staging_project.staging(ArchiveRequest(source=Source.MIRROR, mirror=f"{mirror}/nothing-here")).run()
    assert "secret" not in str(caught.value)


def test_credentials_of_a_mirror_are_sent_and_not_in_the_stamp(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    mirror = server.address.replace("http://", "http://user:s%3Acret@")
    staging_project.staging(ArchiveRequest(source=Source.MIRROR, mirror=mirror)).run()
    assert server.authorization == f"Basic {base64.b64encode(b'user:s:cret').decode()}"
    assert stamp(staging_project)["archive"]["origin"] == server.address + PATH.format(target=host_target())


def test_unreachable_release_falls_back_to_the_go_module_with_its_provenance_and_version(
    staging_project: StagingProject, unreachable_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.pin(unreachable_url + "/{release}/{python}/{target}.tar.gz")
    staging_project.staging(ArchiveRequest(), with_go_module(staging_project)).run()
    assert (stamp(staging_project)["provenance"], stamp(staging_project)["shippable"]) == ("Go module", False)
    assert stamp(staging_project)["python"] == GO_MODULE_PYTHON != PINNED_PYTHON
    assert stamp(staging_project)["archive"]["origin"].startswith("github.com/")
    error_output = capsys.readouterr().err
    assert "can't be reached" in error_output
    assert "next source: go-module" in error_output
    assert staging_project.staging(ArchiveRequest(), STUB_TOOLS).run() is Outcome.UP_TO_DATE
    with pytest.raises(NotShippableError, match=f"CPython {GO_MODULE_PYTHON} from a Go module, which is not shippable"):
        verify(staging_project.tree, shippable=True)


def test_go_module_with_another_version_than_its_name_is_refused(staging_project: StagingProject) -> None:
    tools = dataclasses.replace(STUB_TOOLS, fetch_go_module=lambda *_: staging_project.archive)
    with pytest.raises(WrongVersionError, match=f"pins {GO_MODULE_PYTHON}"):
        staging_project.staging(ArchiveRequest(source=Source.GO_MODULE), tools).run()


def test_target_missing_in_the_go_module_is_named(staging_project: StagingProject, unreachable_url: str) -> None:
    staging_project.pin(unreachable_url + "/{release}/{python}/{target}.tar.gz")
    foreign = "aarch64-pc-windows-msvc"
    with pytest.raises(SourceUnreachableError, match=f"no tree for {foreign}"):
        staging_project.staging(ArchiveRequest(), target=foreign).run()
    with pytest.raises(UnsupportedTargetError, match="RUNTIME_ARCHIVE"):
        staging_project.staging(ArchiveRequest(source=Source.GO_MODULE), target=foreign).run()


def test_go_module_with_another_minor_version_is_refused(staging_project: StagingProject, unreachable_url: str) -> None:
    staging_project.pin(unreachable_url + "/{release}/{python}/{target}.tar.gz")
    pins = json.loads(staging_project.project.pins_file.read_text(encoding="utf-8"))
    staging_project.project.pins_file.write_text(json.dumps(pins | {"python": "3.15.1"}), encoding="utf-8")
    with pytest.raises(SourceUnreachableError, match=rf"contains CPython {GO_MODULE_PYTHON}, not 3\.15"):
        staging_project.staging(ArchiveRequest()).run()


def test_forced_source_has_no_fallback(staging_project: StagingProject, unreachable_url: str) -> None:
    staging_project.pin(unreachable_url + "/{release}/{python}/{target}.tar.gz")
    with pytest.raises(SourceUnreachableError):
        staging_project.staging(ArchiveRequest(source=Source.OFFICIAL), with_go_module(staging_project)).run()
    staging_project.staging(ArchiveRequest(source=Source.GO_MODULE), with_go_module(staging_project)).run()
    assert stamp(staging_project)["provenance"] == "Go module"


def test_about_page_lists_every_provenance() -> None:
    text = (REPO / "frontend/src/engine/about/runtime-origin.tsx").read_text(encoding="utf-8")
    known = re.findall(r'(?m)^  "?([\w ]+)"?: \{$', text)
    assert sorted(known) == sorted([*PROVENANCE.values(), "system"])


def assert_fails_without_fallback(
    staging_project: StagingProject, request: ArchiveRequest, error: type[RuntimeStagingError], match: str
) -> None:
    """Assert that the request fails with this error without a fallback to the Go module."""

    def never(*_: object) -> Path:
        raise AssertionError("fell back to the Go module")

    with pytest.raises(error, match=match):
        staging_project.staging(request, dataclasses.replace(STUB_TOOLS, fetch_go_module=never)).run()
    assert not staging_project.tree.exists()
    assert not list(staging_project.project.trees.glob(".staging-*"))
    # Only an interrupted download leaves its partial file, to be resumed.
    assert error is ArchiveTruncatedError or not list(staging_project.cache.rglob("*.part"))


def test_wrong_sha256_has_no_fallback(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    server.files[PATH.format(target=host_target())] += b"tampered"
    assert_fails_without_fallback(staging_project, ArchiveRequest(), WrongDigestError, "The file was discarded")
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(mirror=server.address), WrongDigestError, "The file was discarded"
    )
    assert not list(staging_project.cache.rglob("*.tar.gz"))


def test_local_archive_with_the_wrong_sha256_is_refused(staging_project: StagingProject, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    assert_fails_without_fallback(staging_project, ArchiveRequest(archive=other), WrongDigestError, "pass --sha256")
    assert_fails_without_fallback(
        staging_project,
        ArchiveRequest(archive=staging_project.archive, archive_sha256="0" * 64),
        WrongDigestError,
        "--sha256",
    )


def test_sha256_option_allows_only_that_archive(staging_project: StagingProject, tmp_path: Path) -> None:
    other = write_archive(tmp_path / "other.tar.gz", FAKE_FILES | {"python/lib/extra": "x"}, FAKE_LINKS)
    staging_project.staging(ArchiveRequest(archive=other, archive_sha256=sha256_file(other))).run()
    assert (staging_project.tree / "python/lib/extra").is_file()


def test_error_404_has_no_fallback(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    server.files.clear()
    assert_fails_without_fallback(staging_project, ArchiveRequest(), SourceRefusedError, "HTTP 404")
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(mirror=server.address), SourceRefusedError, "HTTP 404.*HTTP 404"
    )
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(mirror=staging_project.cache.as_uri()), SourceRefusedError, "does not exist"
    )


def test_truncated_download_has_no_fallback(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    server.cut_off_after_bytes = 100
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(), ArchiveTruncatedError, "was interrupted after 100 of"
    )


def test_truncated_archive_is_refused(staging_project: StagingProject, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(staging_project.archive.read_bytes()[:-200])
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(archive=cut), WrongDigestError, "truncated, modified or another version"
    )
    assert_fails_without_fallback(
        staging_project,
        ArchiveRequest(archive=cut, archive_sha256=sha256_file(cut)),
        ArchiveTruncatedError,
        "truncated or damaged",
    )


def test_damaged_cached_archive_is_downloaded_again(staging_project: StagingProject, server: Server) -> None:
    serve_official_release(staging_project, server)
    staging_project.staging(ArchiveRequest()).run()
    (cached,) = staging_project.cache.rglob("*.tar.gz")
    cached.write_bytes(b"damaged")
    staging_project.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    staging_project.staging(ArchiveRequest()).run()
    assert len(server.requested_paths) == 2
    verify(staging_project.tree)


def test_missing_file_is_named(staging_project: StagingProject, tmp_path: Path) -> None:
    assert_fails_without_fallback(
        staging_project,
        ArchiveRequest(archive=tmp_path / "nothing.tar.gz"),
        InputMissingError,
        "nothing.tar.gz does not exist",
    )
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(source=Source.ARCHIVE), InputMissingError, "RUNTIME_ARCHIVE"
    )
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(source=Source.MIRROR), InputMissingError, "RUNTIME_MIRROR"
    )
    assert_fails_without_fallback(
        staging_project, ArchiveRequest(mirror="ftp://127.0.0.1/x"), SourceRefusedError, "is not an http"
    )
