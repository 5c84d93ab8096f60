"""The lock of the data dir, app.lock."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from backend_host.data import data_lock
from tests.backend_process import Launch


def test_concurrent_starts_on_one_data_dir_start_one_backend(launch: Launch) -> None:
    both = [launch(wait=False), launch(wait=False)]
    for backend in both:
        backend.read_event()
    assert sorted(backend.events[0]["event"] for backend in both) == ["failed", "ready"]


@pytest.mark.parametrize(
    ("variables", "holder"),
    [
        ({}, "the app's window"),
        ({"STATIC_DIR": "{page}"}, "the app in the browser"),
        ({"LAUNCH_TOKEN": ""}, "a manually started backend"),
    ],
)
def test_start_fails_with_holder_when_data_dir_is_locked(
    launch: Launch, variables: dict[str, str], holder: str, tmp_path: Path
) -> None:
    (tmp_path / "index.html").touch()
    first = launch(**{name: value.format(page=tmp_path) for name, value in variables.items()})
    assert first.ready
    second = launch()
    failed = second.events[0]
    assert failed["code"] == "data_dir_in_use"
    assert f"{holder} (process {first.process.pid}, since 2" in failed["message"]
    assert second.wait() == 1
    assert first.process.poll() is None


def test_lock_is_released_when_its_holder_is_killed(launch: Launch, tmp_path: Path) -> None:
    first = launch()
    first.process.kill()
    first.wait()
    assert (tmp_path / "data" / data_lock.LOCK_FILE).exists()
    assert launch().ready


def test_acquire_waits_until_holder_releases_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = data_lock.acquire(tmp_path, "a test")
    release = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: os.close(held))
    monkeypatch.setattr(data_lock, "time", release)  # the holder exits while `acquire` waits
    os.close(data_lock.acquire(tmp_path, "another test"))


def test_start_succeeds_while_holder_is_shutting_down(launch: Launch) -> None:
    first = launch()
    second = launch(wait=False)
    assert first.stop() == 0
    second.read_event()
    assert second.ready
