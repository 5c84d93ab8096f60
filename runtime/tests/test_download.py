"""Interrupted downloads are resumed; partial files that do not match are downloaded again."""

import dataclasses
import io
import threading
from pathlib import Path

import pytest

from runtime.build.stage import Outcome
from runtime.errors import ArchiveTruncatedError, NotFoundError, SourceUnreachableError
from runtime.fetch.archive import ArchiveRequest
from runtime.fetch.download import download
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.integrity.verify import verify
from runtime.targets import host_target
from runtime.tests.conftest import Server, StagingProject

BODY = bytes(range(256)) * 4000
QUIET = Progress(io.StringIO())


@pytest.fixture
def interrupted(server: Server, tmp_path: Path) -> Path:
    """Destination of a download that the server interrupted after 1000 bytes."""
    server.files["/file"], server.cut_off_after_bytes = BODY, 1000
    with pytest.raises(
        ArchiveTruncatedError, match=r"was interrupted after 1000 of 1024000 bytes.*to resume the download"
    ):
        download(f"{server.address}/file", tmp_path / "file", QUIET)
    assert not (tmp_path / "file").exists()
    server.cut_off_after_bytes = None
    return tmp_path / "file"


def test_interrupted_download_is_resumed(server: Server, interrupted: Path) -> None:
    server.ranges = True
    assert download(f"{server.address}/file", interrupted, QUIET)
    assert interrupted.read_bytes() == BODY
    assert server.sent_bytes == 1000 + len(BODY) - 1000
    assert [path.name for path in interrupted.parent.iterdir()] == ["file"]


def test_progress_includes_the_resumed_bytes(
    server: Server, interrupted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.ranges = True
    interrupted.with_name("file.part").write_bytes(BODY[: len(BODY) // 2])
    download(f"{server.address}/file", interrupted, QUIET)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "    file: 0.5 of 1.0 MB (50 %)"
    assert lines[-1] == "    file: 1.0 of 1.0 MB (100 %)"


def test_server_without_range_requests_restarts_the_download(server: Server, interrupted: Path) -> None:
    assert not download(f"{server.address}/file", interrupted, QUIET)
    assert interrupted.read_bytes() == BODY


@pytest.mark.parametrize("length", [len(BODY), len(BODY) + 7])
def test_complete_partial_file_is_downloaded_again(server: Server, tmp_path: Path, length: int) -> None:
    server.files["/file"], server.ranges = BODY, True
    (tmp_path / "file.part").write_bytes(b"x" * length)
    assert not download(f"{server.address}/file", tmp_path / "file", QUIET)
    assert (tmp_path / "file").read_bytes() == BODY


def test_failed_download_leaves_no_file(server: Server, unreachable_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        download(f"{server.address}/file", tmp_path / "file", QUIET)
    with pytest.raises(SourceUnreachableError):
        download(f"{unreachable_url}/file", tmp_path / "file", QUIET)
    assert not list(tmp_path.iterdir())


def serve_release(staging_project: StagingProject, server: Server) -> Path:
    """Serve the archive as the official release. Returns its path in the cache."""
    staging_project.pin(server.address + "/{target}.tar.gz")
    server.files[f"/{host_target()}.tar.gz"] = staging_project.archive.read_bytes()
    server.ranges = True
    return staging_project.cache / sha256_file(staging_project.archive)[:16] / f"{host_target()}.tar.gz"


def test_partial_file_of_another_version_is_downloaded_again(
    staging_project: StagingProject, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    cached = serve_release(staging_project, server)
    cached.parent.mkdir(parents=True)
    cached.with_name(f"{cached.name}.part").write_bytes(b"of another file")
    staging_project.staging(ArchiveRequest()).run()
    assert "belongs to another file" in capsys.readouterr().err
    assert len(server.requested_paths) == 2
    verify(staging_project.tree)


def test_checkouts_with_a_shared_cache_download_once(staging_project: StagingProject, server: Server) -> None:
    serve_release(staging_project, server)
    server.respond = threading.Event()
    waiting = threading.Event()

    class WarningObserver(Progress):
        def warn(self, line: str) -> None:
            assert line.startswith("Waiting for another")
            waiting.set()

    other = dataclasses.replace(
        staging_project.project, build_dir=staging_project.project.build_dir.with_name("other-build")
    )
    outcomes: list[Outcome] = []
    first = threading.Thread(target=lambda: outcomes.append(staging_project.staging(ArchiveRequest()).run()))
    first.start()
    assert server.request_received.wait(30)
    second_staging = dataclasses.replace(
        staging_project.staging(ArchiveRequest()), project=other, progress=WarningObserver(io.StringIO())
    )
    second = threading.Thread(target=lambda: outcomes.append(second_staging.run()))
    second.start()
    assert waiting.wait(30)
    server.respond.set()
    first.join(30)
    second.join(30)
    assert outcomes == [Outcome.STAGED, Outcome.STAGED]
    assert len(server.requested_paths) == 1
    verify(staging_project.tree)
    verify(other.tree(host_target()))
