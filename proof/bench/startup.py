"""Time from spawn to the first successful health check with warm and cold caches, of the first launch, and of the stop."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from proof.bench.measure import Line, Measurement, interleaved, medians
from proof.bench.programs import BUNDLED, STAGED, data_dir, frozen, start

FLOOR = (*BUNDLED, "-c", "import fastapi, sqlmodel, os; print(flush=True); os._exit(0)")
"""Lower bound of any FastAPI app with SQLModel: the imports."""
PLAIN_STOP = (
    "import threading, time, uvicorn\n"
    "server = uvicorn.Server(uvicorn.Config(lambda *_: None, port=0, lifespan='off', log_level='critical'))\n"
    "thread = threading.Thread(target=server.run)\n"
    "thread.start()\n"
    "while not server.started: time.sleep(0.001)\n"
    "began = time.perf_counter()\n"
    "server.should_exit = True\n"
    "thread.join()\n"
    "print((time.perf_counter() - began) * 1000)\n"
)
CACHES = Path("/proc/sys/vm/drop_caches")
TARGETS = {"onefile": (0.40, 0.60), "onedir": (0.60, 0.80)}
"""Targets with warm and cold cache."""


def measure(times: int, *, cold: bool, with_frozen: bool) -> list[Line]:
    """The lines of this part; cold-cache lines only if the page cache may be dropped."""
    with data_dir() as folder:
        start(STAGED, folder).stop()  # migrates the database and fills the page cache
        commands = {"ours": STAGED, **(frozen() if with_frozen else {})}
        stops: list[float] = []
        readings = {
            name: _answer(command, folder, stops if name == "ours" else []) for name, command in commands.items()
        }
        readings["floor"] = _run(FLOOR)
        readings["plain stop"] = _printed((*BUNDLED, "-c", PLAIN_STOP))
        interleaved(readings, 1)
        stops.clear()
        droppable = cold and os.access(CACHES, os.W_OK)
        settled = {name: _settled(read) for name, read in readings.items()} if droppable else readings
        warm = medians(interleaved(settled, times))
        lines = _lines("start, warm cache", warm, 0)
        lines.append(Line("start, warm cache", warm["ours"], "ms", "import fastapi, sqlmodel", warm["floor"], 1.1))
        lines += _first(times)
        ours = medians({"stop": stops})["stop"]
        lines.append(Line("stop", ours, "ms", "bare uvicorn", warm["plain stop"], 0.5))
        if droppable:
            emptied = {name: _cold(readings[name]) for name in (*commands, "floor")}
            middle = medians(interleaved(emptied, times // 2))
            lines += _lines("start, cold cache", middle, 1)
            lines.append(Line("start, cold cache", middle["ours"], "ms", "import fastapi, sqlmodel", middle["floor"]))
    return lines


def _lines(what: str, taken: dict[str, float], column: int) -> list[Line]:
    return [
        Line(what, taken["ours"], "ms", f"PyInstaller {name}", taken[name], TARGETS[name][column])
        for name in TARGETS
        if name in taken
    ]


def _first(times: int) -> list[Line]:
    """Start on a missing data dir, and again on the same data dir."""

    def first() -> float:
        with data_dir() as folder:
            ran = start(STAGED, folder)
            ran.stop()
            again.append(_answer(STAGED, folder, [])())
        return ran.answered_ms

    again: list[float] = []
    taken = medians({**interleaved({"first": first}, times), "again": again})
    return [Line("first launch ever: migrations, secret", taken["first"], "ms", "later launches", taken["again"], 1.3)]


def _answer(command: Sequence[str], folder: Path, stops: list[float]) -> Measurement:
    def read() -> float:
        ran = start(command, folder)
        stops.append(ran.stop())
        return ran.answered_ms

    return read


def _run(command: Sequence[str]) -> Measurement:
    def read() -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True)
        return (time.perf_counter() - began) * 1000

    return read


def _printed(command: Sequence[str]) -> Measurement:
    return lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _cold(read: Measurement) -> Measurement:
    def dropped() -> float:
        _drop_caches()
        return read()

    return dropped


def _settled(read: Measurement) -> Measurement:
    """The second start after dropping caches. Each start of a self-extracting file leaves unused pages in the cache; after a
    dozen starts it takes twice as long, which does not happen in normal use."""

    def second() -> float:
        _drop_caches()
        read()
        return read()

    return second


def _drop_caches() -> None:
    os.sync()
    CACHES.write_text("3", encoding="ascii")
