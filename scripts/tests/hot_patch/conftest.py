"""Fixtures of the hot patch tests."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.app import DEBUG_IDENTIFIER
from harness.fixtures import (
    backend,
    backend_with_auth,
    browser,
    data_home,
    desktop,
    display,
    driver_url,
    host_python,
    open_app,
    page,
    shared_window,
    shell,
    staged_tree,
)
from scripts.hot_patch.app import App
from scripts.hot_patch.patch import SOURCE, Patcher
from scripts.hot_patch.watch import Watch

__all__ = [
    "backend",
    "backend_with_auth",
    "browser",
    "data_home",
    "desktop",
    "display",
    "driver_url",
    "host_python",
    "messages",
    "open_app",
    "page",
    "patcher",
    "shared_window",
    "shell",
    "staged_tree",
]


@pytest.fixture
def patcher(data_home: Path, tmp_path: Path) -> Patcher:
    """Patches the app from a copy of the backend's source, which tests may edit."""
    SOURCE.copy(tmp_path / "checkout")
    return Patcher(App(data_home / DEBUG_IDENTIFIER), tmp_path / "checkout")


@pytest.fixture
def messages(patcher: Patcher) -> Iterator["queue.Queue[str]"]:
    """Messages of a watch of that source, which runs until the end of the test."""
    lines: queue.Queue[str] = queue.Queue()
    patcher.log = lines.put
    watch = Watch(patcher)
    thread = threading.Thread(target=watch.run)
    thread.start()
    yield lines
    watch.stop_event.set()
    thread.join()
