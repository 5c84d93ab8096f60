"""Configures, compiles and installs CPython into a folder, with the modules a desktop backend needs."""

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from runtime.environment import tool_env
from runtime.errors import StepFailedError
from runtime.processes import disk_full
from runtime.progress import Progress

CONFIGURE_FLAGS = (
    "--prefix=/install",
    # As in the release: a libpython for those who embed or freeze, and a program that does not need it.
    "--enable-shared",
    "--without-static-libpython",
    "--disable-test-modules",
    "--with-ensurepip=no",
    "--enable-loadable-sqlite-extensions",
)

MODULES_OFF = ("readline", "_dbm", "_gdbm", "_tkinter", "_curses", "_curses_panel")
"""Never built, whichever -dev packages the machine has: terminals and databases the backend does not use."""

STATIC_PROGRAM = "LINK_PYTHON_OBJS=$(LIBRARY_OBJS)"
"""Makes bin/python of the interpreter's own objects, which --enable-shared would take from libpython."""

OWN_CALLS = "-fno-semantic-interposition"
"""No other library may replace libpython's functions, so that calls among them stay direct and can be inlined."""

HEARTBEAT_SECONDS = 15.0
LOG_TAIL_LINES = 25


def _logged(
    command: Sequence[str], *, cwd: Path, env: dict[str, str], log: Path, progress: Progress, what: str
) -> None:
    """Run a long command into a log, saying every now and then that it is still at it."""
    started = time.monotonic()
    with log.open("ab") as stream:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            while True:
                try:
                    status = process.wait(HEARTBEAT_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    progress.say(f"      {what}: {time.monotonic() - started:.0f} s so far")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    progress.say(f"      {what}: done in {time.monotonic() - started:.0f} s")
    if status != 0:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "No space left on device" in text:
            raise disk_full(cwd)
        tail = "\n".join(text.splitlines()[-LOG_TAIL_LINES:])
        raise StepFailedError(f"The stand-in's {what} failed (exit {status}). The whole log is {log}. Its end:\n{tail}")


def compile_python(tarball: Path, work: Path, log: Path, progress: Progress) -> Path:
    """Build the tarball's CPython below `work` and return the folder that plays the archive's `python/` root.

    Raises StepFailedError with the log's tail, DiskFullError.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    with tarfile.open(tarball) as archive:
        # Python before 3.11.4 knows no filters; the tarball's sha256 is pinned.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(work / "source")
    (source,) = (work / "source").iterdir()
    env = tool_env(LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="0", CFLAGS_NODIST=OWN_CALLS)
    env |= {f"py_cv_module_{name}": "n/a" for name in MODULES_OFF}
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    dest = work / "dest"
    # `make install` byte-compiles three times over; the pipeline compiles in its own way, so ask compileall for its help.
    install = ("make", "install", STATIC_PROGRAM, f"DESTDIR={dest}", "COMPILEALL_OPTS=--help")
    for what, command in (
        ("configure", ("./configure", *CONFIGURE_FLAGS)),
        ("make", ("make", f"-j{jobs}", STATIC_PROGRAM)),
        ("make install", install),
    ):
        _logged(command, cwd=source, env=env, log=log, progress=progress, what=what)
    python = work / "python"
    shutil.move(dest / "install", python)
    return python
