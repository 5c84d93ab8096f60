"""Startup time (from spawn to the first successful health check) with warm and cold page cache and at first launch; shutdown time."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from proof.bench.measure import Benchmark, Measurement, interleaved, medians
from proof.bench.programs import BUNDLED, STAGED, data_dir, frozen_commands, start

IMPORTS = (*BUNDLED, "-c", "import fastapi, sqlmodel, os; print(flush=True); os._exit(0)")
"""Only the imports: the lower bound for FastAPI apps with SQLModel."""
IMPORTS_NAME = "import fastapi, sqlmodel"
UVICORN_SHUTDOWN = (
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
DROP_CACHES = Path("/proc/sys/vm/drop_caches")
TARGETS = {"onefile": (0.40, 0.60), "onedir": (0.60, 0.80)}
"""Targets with warm and with cold cache."""


def measure(times: int, *, cold: bool, with_frozen: bool) -> list[Benchmark]:
    """The benchmarks of this module; those with cold cache only if this user may drop the page cache."""
    with data_dir() as folder:
        start(STAGED, folder).stop()  # migrates the database and fills the page cache
        commands = {"app": STAGED, **(frozen_commands() if with_frozen else {})}
        shutdowns_ms: list[float] = []
        measurements = {
            name: _startup(command, folder, shutdowns_ms if name == "app" else []) for name, command in commands.items()
        }
        measurements["imports"] = _duration(IMPORTS)
        measurements["uvicorn shutdown"] = _printed_value((*BUNDLED, "-c", UVICORN_SHUTDOWN))
        interleaved(measurements, 1)
        shutdowns_ms.clear()
        can_drop_caches = cold and os.access(DROP_CACHES, os.W_OK)
        if can_drop_caches:
            warm_measurements = {name: _second_run(measurement) for name, measurement in measurements.items()}
        else:
            warm_measurements = measurements
        warm = medians(interleaved(warm_measurements, times))
        benchmarks = _against_frozen("startup, warm cache", warm, 0)
        benchmarks.append(Benchmark("startup, warm cache", warm["app"], "ms", IMPORTS_NAME, warm["imports"], 1.1))
        benchmarks += _first_launch(times)
        shutdown = medians({"app": shutdowns_ms})["app"]
        benchmarks.append(
            Benchmark("shutdown", shutdown, "ms", "minimal uvicorn server", warm["uvicorn shutdown"], 0.5)
        )
        if can_drop_caches:
            cold_measurements = {name: _after_dropping_caches(measurements[name]) for name in (*commands, "imports")}
            cold_ms = medians(interleaved(cold_measurements, times // 2))
            benchmarks += _against_frozen("startup, cold cache", cold_ms, 1)
            benchmarks.append(Benchmark("startup, cold cache", cold_ms["app"], "ms", IMPORTS_NAME, cold_ms["imports"]))
    return benchmarks


def _against_frozen(name: str, startup_ms: dict[str, float], column: int) -> list[Benchmark]:
    return [
        Benchmark(
            name, startup_ms["app"], "ms", f"PyInstaller {program}", startup_ms[program], TARGETS[program][column]
        )
        for program in TARGETS
        if program in startup_ms
    ]


def _first_launch(times: int) -> list[Benchmark]:
    """Start without a data dir, then again with the same data dir."""

    def first() -> float:
        with data_dir() as folder:
            backend = start(STAGED, folder)
            backend.stop()
            second.append(_startup(STAGED, folder, [])())
        return backend.startup_ms

    second: list[float] = []
    startup_ms = medians({**interleaved({"first": first}, times), "second": second})
    name = "first launch (migrations, secret key)"
    return [Benchmark(name, startup_ms["first"], "ms", "later launches", startup_ms["second"], 1.3)]


def _startup(command: Sequence[str], folder: Path, shutdowns_ms: list[float]) -> Measurement:
    def measure_once() -> float:
        backend = start(command, folder)
        shutdowns_ms.append(backend.stop())
        return backend.startup_ms

    return measure_once


def _duration(command: Sequence[str]) -> Measurement:
    def measure_once() -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True)
        return (time.perf_counter() - began) * 1000

    return measure_once


def _printed_value(command: Sequence[str]) -> Measurement:
    return lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _after_dropping_caches(measurement: Measurement) -> Measurement:
    def measure_once() -> float:
        _drop_caches()
        return measurement()

    return measure_once


def _second_run(measurement: Measurement) -> Measurement:
    """The second run after dropping the page cache. Each start of a onefile program leaves unused pages in the cache; after a
    dozen starts it takes twice as long, which does not happen in normal use."""

    def measure_once() -> float:
        _drop_caches()
        measurement()
        return measurement()

    return measure_once


def _drop_caches() -> None:
    os.sync()
    DROP_CACHES.write_text("3", encoding="ascii")
