"""The shell is killed at each write to the journal or the state file, or has no disk space for the state file."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.items_page import ITEMS_LINK
from harness.processes import backend_pids, expect_exit, parent_pid
from harness.window import OpenWindow
from scripts.hot_patch.errors import HotPatchError, RejectedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import close, edit, reopen, running_digest

KILLED = "signal=KILL"
DISK_FULL = "error=ENOSPC"
PUSH = "a thread for each push"
SUPERVISOR = "supervisor"


def _thread_name(task: Path) -> str:
    """A thread's name; empty if it has exited."""
    try:
        return (task / "comm").read_text().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def inject_fault(pid: int, thread: str, fault: str, call: str, path: Path, nth: int) -> Iterator[None]:
    """Inject `fault` into the `nth` system call `call` on `path`, in that thread of process `pid`, or in its new threads."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("strace is not installed")
    tasks = Path(f"/proc/{pid}/task").iterdir()
    # strace counts the calls of each thread separately.
    tid = next((task.name for task in tasks if _thread_name(task) == thread), None)
    selected = ["-p", tid] if tid else ["-f", "-p", str(pid)]
    command = [strace, *selected, "-e", f"trace={call}", "-P", str(path), "-e", f"inject={call}:{fault}:when={nth}"]
    with subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        # If a thread exits during the attach, strace first prints an error about it.
        attached = any("attached" in line for line in process.stderr)
        try:
            if not attached:
                pytest.skip("strace may not attach to another process here")
            yield
        finally:
            process.kill()  # strace may ignore SIGTERM while it waits for the process that it killed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("thread", "call", "name", "nth"),
    [
        (PUSH, "rename", "state.tmp", 1),  # before the start of the candidate
        (PUSH, "openat", "journal.jsonl", 1),  # the journal entry of the start
        (SUPERVISOR, "openat", "journal.jsonl", 1),  # the candidate serves
        (SUPERVISOR, "rename", "state.tmp", 1),
        (SUPERVISOR, "openat", "journal.jsonl", 2),  # the generation is confirmed
        (SUPERVISOR, "rename", "state.tmp", 2),
    ],
)
def test_app_killed_at_any_write_starts_the_last_good_generation(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, thread: str, call: str, name: str, nth: int
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = running_digest(patcher)
    shell = parent_pid(min(backend_pids(data_home)))
    edit(patcher, "models/item.py", "\n# edited\n")

    def push() -> None:
        try:
            patcher.push()
        except HotPatchError:
            assert nth == 1  # the shell was killed before it responded

    with expect_exit(shell, within_s=60), inject_fault(shell, thread, KILLED, call, patcher.app.hot_dir / name, nth):
        pushing = threading.Thread(target=push)
        pushing.start()
        pushing.join()
        if nth == 2:
            good = running_digest(patcher)
            with expect_exit(shell, within_s=60):
                pass
    window = reopen(window, open_app, data_home)
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == good
    edit(patcher, "models/item.py", "# and again\n")
    assert patcher.push().changed


def test_push_is_not_started_when_the_state_file_cannot_be_written(
    open_app: OpenWindow, patcher: Patcher, data_home: Path
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = running_digest(patcher)
    shell = parent_pid(min(backend_pids(data_home)))
    edit(patcher, "models/item.py", "\n# edited\n")
    with (
        inject_fault(shell, PUSH, DISK_FULL, "rename", patcher.app.hot_dir / "state.tmp", 1),
        pytest.raises(RejectedError, match="No space left"),
    ):
        patcher.push()
    assert running_digest(patcher) == good
    assert patcher.push().changed
    close(window, patcher)
