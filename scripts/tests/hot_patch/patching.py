"""Helpers of tests that patch the Python of an open window."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.processes import interpreter_pids
from harness.waiting import wait_until
from harness.window import OpenWindow, Window
from scripts.hot_patch.errors import AppNotRunningError, HotPatchError, RejectedError
from scripts.hot_patch.patch import Patcher

NOT_READY = "not ready yet. The previous code keeps running."
EDIT_NOT_APPLIED = "//*[@role='alert' and @aria-label='Edit not applied']"


@contextmanager
def expect_push_failure(push: Callable[[], object]) -> Iterator[None]:
    """Expect a push to fail during the block, for any reason."""

    def run() -> None:
        with pytest.raises(HotPatchError):
            push()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def reopen(window: Window, open_app: OpenWindow, data_home: Path) -> Window:
    """Open the app again after its shell was killed and all its processes have exited."""
    wait_until(lambda: not interpreter_pids(data_home))  # the standby process too
    window.abandon()
    return open_app()


def edit(patcher: Patcher, name: str, text: str) -> None:
    """Append `text` to a file."""
    with (patcher.package / name).open("a") as file:
        file.write(text)


def push_message(messages: "queue.Queue[str]") -> str:
    """The next message that is not about a slow push."""
    while NOT_READY in (line := messages.get(timeout=60)):
        pass
    return line


def running_digest(patcher: Patcher) -> str:
    digest: str = patcher.app.request("status")["running"]
    return digest


def close(window: Window, patcher: Patcher) -> None:
    """Close the window, and wait until no app accepts pushes."""
    window.close()
    while True:
        try:
            patcher.app.request("status")
        except AppNotRunningError:
            return
        except RejectedError:
            continue
