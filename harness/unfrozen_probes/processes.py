"""Probes of multiprocessing, subprocess, and the number of serving processes."""

import multiprocessing
import os
import select
import signal
from pathlib import Path
from typing import Any

from .base import NotApplicableError, ProbeContext, expect, probe
from .children import CHILD, START_METHODS, app_command, probes_command, python_command, run, running_app
from .pidfd import pidfd_open, pidfd_send_signal


def child_result(number: int) -> tuple[int, Any]:
    """Task of a pool worker: the square of `number`, and the CHILD description."""
    return number * number, eval(CHILD)  # noqa: S307 (a constant of this package)


def check_child(child: dict[str, Any], parent: dict[str, Any]) -> None:
    """Raise ProbeError unless the CHILD descriptions of child and parent match, except for their pids."""
    expect(child["pid"] != parent["pid"], "the task ran in the parent process")
    expect(child["isolated"] and not child["writes_bytecode"] and child["utf8"], f"-I, -B or -X utf8 was lost: {child}")
    expect(child | {"pid": 0} == parent | {"pid": 0}, f"{child} differs from its parent, {parent}")


def check_pool(method: str) -> str:
    if method not in START_METHODS:
        raise NotApplicableError(f"this system has no {method}")
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.map(child_result, range(4), 1)
    expect([square for square, _ in results] == [0, 1, 4, 9], f"the pool returned {results}")
    for _, child in results:
        check_child(child, eval(CHILD))  # noqa: S307 (a constant of this package)
    return "a pool of two; children keep -I, -B and UTF-8 and find the app"


@probe
def multiprocessing_spawn(_: ProbeContext) -> str:
    """`multiprocessing` with the start method spawn"""
    return check_pool("spawn")


@probe
def multiprocessing_forkserver(_: ProbeContext) -> str:
    """`multiprocessing` with the start method forkserver"""
    return check_pool("forkserver")


@probe
def children_of_the_app(context: ProbeContext) -> str:
    """`multiprocessing` from a request of the running app (`-m app`)"""
    with running_app([*probes_command(), "--serve"], context.folder / "data") as backend:
        parent, *children = backend.get("/probe/children")
        expect(parent["pid"] == backend.ready["pid"], "another process responded")
        for child in children:
            check_child(child, parent)
    return f"{len(children)} children, by {' and '.join(START_METHODS)}"


@probe
def subprocess_of_itself(_: ProbeContext) -> str:
    """`subprocess` of `sys.executable`, with -c and with -m"""
    output = run(python_command("-c", "import fastapi; print(6 * 7, fastapi.__version__)")).split()
    expect(output[:1] == ["42"], f"-c printed {output}")
    expect('"one": 1' in run(python_command("-m", "json.tool"), stdin='{"one": 1}'), "-m json.tool")
    expect("--data-dir" in run(python_command("-m", "app", "--help")), "-m app --help")
    return "-c, -m json.tool, -m app"


@probe
def one_process(context: ProbeContext) -> str:
    """The app is one process, and a kill leaves no process behind"""
    if not Path("/proc/self/stat").exists():
        raise NotApplicableError("this system has no /proc")
    # Imported here: `make unfrozen` imports this module without the app.
    from backend_host.launch.watchdog import NAME as WATCHDOG

    with running_app(app_command(), context.folder / "data") as backend:
        family = descendants(backend.process.pid)
        # The watchdog does not serve, but must exit as well.
        serving_processes = [pid for pid in family if name_of(pid) != WATCHDOG]
        handles = {pid: pidfd_open(pid) for pid in family}
        try:
            os.kill(backend.process.pid, signal.SIGKILL)
            left = {pid for pid, handle in handles.items() if not select.select([handle], [], [], 3)[0]}
            for pid in left:
                pidfd_send_signal(handles[pid], signal.SIGKILL)
        finally:
            for handle in handles.values():
                os.close(handle)
    count = len(serving_processes)
    processes_found = f"{count} processes" if count > 1 else "one process"
    expect(not left, f"{processes_found}; after SIGKILL of the first process, {len(left)} remain")
    expect(count == 1, processes_found)
    return "one process; none remain after SIGKILL"


def name_of(pid: int) -> str:
    """Name of a process, from /proc."""
    return Path(f"/proc/{pid}/comm").read_text().strip()


def descendants(pid: int) -> list[int]:
    """A process and its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family
