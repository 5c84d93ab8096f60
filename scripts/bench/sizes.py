"""Size on disk, and memory and work while idle, beside the frozen folder."""

import os
import time
from pathlib import Path

from scripts.bench.measure import Line
from scripts.bench.programs import STAGED, TREE, data_dir, frozen, running

IDLE_S = 5.0
"""How long an idle backend is watched."""


def measure() -> list[Line]:
    """Lines of size, memory (Linux: PSS) and processor time; without the frozen folder nothing to compare with."""
    programs = frozen()
    onedir = programs.get("onedir")
    ours = Line("installed size", _size(TREE), "MB")
    if onedir:
        ours = Line("installed size", _size(TREE), "MB", "PyInstaller onedir", _size(Path(onedir[0]).parent), 1.2)
    lines = [ours]
    if Path("/proc/self/smaps_rollup").exists():
        with data_dir() as folder:
            with running(STAGED, folder) as started:
                memory, before = _pss(started.pid), _ticks(started.pid)
                time.sleep(IDLE_S)
                share = (_ticks(started.pid) - before) / os.sysconf("SC_CLK_TCK") / IDLE_S * 100
            theirs = None
            if onedir:
                with running(onedir, folder) as started:
                    theirs = _pss(started.pid)
        against = "PyInstaller onedir" if theirs else ""
        lines.append(Line("memory while idle, PSS", memory, "MB", against, theirs, 0.9 if theirs else None))
        lines.append(Line("processor while idle", share, "% of a core", "0.1 %", 0.1, 1.0))
    return lines


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _pss(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
