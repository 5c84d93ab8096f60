"""The shell killed, or without disk space, at each write of the journal."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.items_page import ITEMS_LINK
from harness.processes import backends_on, expect_exit, parent_of
from harness.window import OpenWindow
from scripts.hot_patch.errors import HotPatchError, RejectedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import close, edit, reopened, serving

KILLED = "signal=KILL"
NO_ROOM = "error=ENOSPC"
PUSH = "a thread for each push"
SUPERVISOR = "supervisor"


def _name_of(task: Path) -> str:
    """A thread's name; empty if it has ended."""
    try:
        return (task / "comm").read_text().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def interfering(pid: int, thread: str, what: str, call: str, path: Path, nth: int) -> Iterator[None]:
    """The `nth` `call` that names `path`, in that thread of process `pid` or in new ones, ends in `what` in its place."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed")
    tasks = Path(f"/proc/{pid}/task").iterdir()
    # It counts for each thread apart.
    known = next((task.name for task in tasks if _name_of(task) == thread), None)
    which = ["-p", known] if known else ["-f", "-p", str(pid)]
    command = [strace, *which, "-e", f"trace={call}", "-P", str(path), "-e", f"inject={call}:{what}:when={nth}"]
    with subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        # Of a thread that ends just then it says first that it could not be had.
        attached = any("attached" in line for line in process.stderr)
        try:
            if not attached:
                pytest.skip("strace may not look into another process here")
            yield
        finally:
            process.kill()  # asked to end, it may wait for ever for what it had killed itself


@pytest.mark.slow
@pytest.mark.parametrize(
    ("thread", "call", "name", "nth"),
    [
        (PUSH, "rename", "state.tmp", 1),  # it is about to be tried
        (PUSH, "openat", "journal.jsonl", 1),  # that is written down
        (SUPERVISOR, "openat", "journal.jsonl", 1),  # it serves
        (SUPERVISOR, "rename", "state.tmp", 1),
        (SUPERVISOR, "openat", "journal.jsonl", 2),  # it is confirmed
        (SUPERVISOR, "rename", "state.tmp", 2),
    ],
)
def test_app_killed_at_any_moment_starts_the_last_good_generation(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, thread: str, call: str, name: str, nth: int
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = serving(patcher)
    shell = parent_of(min(backends_on(data_home)))
    edit(patcher, "models/item.py", "\n# edited\n")

    def push() -> None:
        try:
            patcher.push()
        except HotPatchError:
            assert nth == 1  # it was killed before it could answer

    with expect_exit(shell, within_s=60), interfering(shell, thread, KILLED, call, patcher.app.hot / name, nth):
        pushing = threading.Thread(target=push)
        pushing.start()
        pushing.join()
        if nth == 2:
            good = serving(patcher)
            with expect_exit(shell, within_s=60):
                pass
    window = reopened(window, open_app, data_home)
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == good
    edit(patcher, "models/item.py", "# and again\n")
    assert patcher.push().changed


def test_push_is_not_started_when_the_journal_cannot_be_written(
    open_app: OpenWindow, patcher: Patcher, data_home: Path
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = serving(patcher)
    shell = parent_of(min(backends_on(data_home)))
    edit(patcher, "models/item.py", "\n# edited\n")
    with (
        interfering(shell, PUSH, NO_ROOM, "rename", patcher.app.hot / "state.tmp", 1),
        pytest.raises(RejectedError, match="No space left"),
    ):
        patcher.push()
    assert serving(patcher) == good
    assert patcher.push().changed
    close(window, patcher)
