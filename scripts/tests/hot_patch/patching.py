"""What a developer does to a window whose Python is patched, and what can be seen of it."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.processes import interpreters_on
from harness.waiting import wait_until
from harness.window import OpenWindow, Window
from scripts.hot_patch.errors import HotPatchError, NoAppError, RejectedError
from scripts.hot_patch.patch import Patcher

STILL_TRIED = "not ready yet. The previous code keeps running."
BROKEN = "//*[@role='alert' and @aria-label='Edit not applied']"


@contextmanager
def in_vain(push: Callable[[], object]) -> Iterator[None]:
    """Expect a push to fail during the block, for any reason."""

    def run() -> None:
        with pytest.raises(HotPatchError):
            push()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def reopened(window: Window, open_app: OpenWindow, data_home: Path) -> Window:
    """The app restarted after its shell was killed, once all its processes have exited."""
    wait_until(lambda: not interpreters_on(data_home))  # the standby process too
    window.abandon()
    return open_app()


def edit(patcher: Patcher, name: str, text: str) -> None:
    """Put `text` at the end of a file."""
    with (patcher.package / name).open("a") as file:
        file.write(text)


def outcome(said: "queue.Queue[str]") -> str:
    """What a push came to, whatever was said of it before on a slow machine."""
    while STILL_TRIED in (line := said.get(timeout=60)):
        pass
    return line


def serving(patcher: Patcher) -> str:
    digest: str = patcher.app.ask("status")["running"]
    return digest


def close(window: Window, patcher: Patcher) -> None:
    """Close the window, and wait until no app accepts pushes."""
    window.close()
    while True:
        try:
            patcher.app.ask("status")
        except NoAppError:
            return
        except RejectedError:
            continue
