"""A data dir on a full or read-only disk. Skipped if this user can't mount a tmpfs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.backend_process import Backend, Launch


def mount(*arguments: str) -> None:
    done = shutil.which("mount") and subprocess.run(["mount", *arguments], capture_output=True)
    if not done or done.returncode:
        pytest.skip("needs to mount a tmpfs; test_errors.py raises the same errors artificially")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB. Request it before `launch`, so that it is unmounted after the backends exit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Create a file that fills the disk."""
    filler = disk / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        return filler


def status_and_code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_full_disk_fails_writes_with_507_and_recovers(small_disk: Path, launch: Launch) -> None:
    backend = launch(data_dir=small_disk / "data")
    with backend.client() as client:
        stored = client.post("items/", json={"title": "Stored"}).json()
        filler = fill(small_disk)
        small = [{"title": f"Item {number}", "description": "x" * 255} for number in range(1_000)]
        for response in (
            client.post("items/import", json=small, timeout=60),
            client.post("backups/"),
            client.patch("settings/", json={"LOG_LEVEL": "warning"}),
        ):
            assert status_and_code(response) == (507, "disk_full"), response.url
        assert client.get("items/").json() == {"data": [stored], "count": 1}
        assert client.get("settings/").json()["LOG_LEVEL"]["value"] == "info"
        filler.unlink()
        client.post("items/import", json=small, timeout=60).raise_for_status()
        assert client.get("items/").json()["count"] == 1_001
    assert backend.stop() == 0


def test_restore_on_full_disk_is_reported_as_a_disk_error(small_disk: Path, launch: Launch) -> None:
    backend = launch(data_dir=small_disk / "data")
    with backend.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
        name = client.post("backups/").json()["name"]
        filler = fill(small_disk)
        responses = [client.post(f"backups/{name}/restore", timeout=60)]
        while responses[-1].status_code != 200 and (size := filler.stat().st_size):
            os.truncate(filler, max(0, size - 16_384))
            responses.append(client.post(f"backups/{name}/restore", timeout=60))
    assert responses.pop().status_code == 200
    assert {status_and_code(response) for response in responses} == {(507, "disk_full")}
    assert backend.stop() == 0


def failure(backend: Backend) -> tuple[str, int]:
    (event,) = backend.events
    assert event["event"] == "failed"
    assert "Traceback" not in event["message"]
    return event["code"], backend.wait()


def test_first_start_fails_on_full_disk_and_works_after_freeing_space(small_disk: Path, launch: Launch) -> None:
    filler = fill(small_disk)
    assert failure(launch(data_dir=small_disk / "data")) == ("disk_full", 1)
    filler.unlink()
    assert launch(data_dir=small_disk / "data").ready


def test_start_fails_on_read_only_disk_without_changes(small_disk: Path, launch: Launch) -> None:
    first = launch(data_dir=small_disk / "data")
    with first.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
    assert first.stop() == 0
    before = {path: path.read_bytes() for path in small_disk.rglob("*") if path.is_file()}
    mount("-o", "remount,ro", str(small_disk))
    assert failure(launch(data_dir=small_disk / "data")) == ("data_dir_unwritable", 1)
    assert {path: path.read_bytes() for path in small_disk.rglob("*") if path.is_file()} == before
