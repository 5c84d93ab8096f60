"""Sequential requests over loopback: the app compared with the same two routes in plain_app.py, on the same database."""

import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles

from proof.bench.client import Client
from proof.bench.measure import Benchmark, interleaved, medians
from proof.bench.programs import BUNDLED, ENVIRONMENT, STAGED, data_dir, running

ITEMS_PATH = "/api/v1/items/"
PAGE_SIZE = 100
PLAIN_APP = Path(__file__).with_name("plain_app.py")
TARGETS = {"GET": 2.0, "POST": 1.5}
BASELINE = "plain FastAPI app"
Send = Callable[[], None]


def measure(times: int, requests: int) -> list[Benchmark]:
    """Throughput, and latency p50 and p99. Each round sends `requests` GET and POST requests to both servers."""
    latencies: dict[str, list[float]] = {}

    def throughput(name: str, connect: Callable[[], Send]) -> Callable[[], float]:
        def measure_once() -> float:
            send = connect()  # servers close connections that were idle during the other measurements
            began = time.perf_counter()
            for _ in range(requests):
                before = time.perf_counter()
                send()
                latencies.setdefault(name, []).append((time.perf_counter() - before) * 1000)
            return requests / (time.perf_counter() - began)

        return measure_once

    with data_dir() as folder, running(STAGED, folder) as backend:
        plain = subprocess.Popen(
            [*BUNDLED, str(PLAIN_APP), str(folder / "app.db")], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert plain.stdout
            ports = {"app": backend.port, "plain": int(plain.stdout.readline())}
            for _ in range(PAGE_SIZE):
                _post(ports["app"])()
            measurements = {
                f"{method} {name}": throughput(f"{method} {name}", partial(send, port))
                for method, send in {"GET": _get, "POST": _post}.items()
                for name, port in ports.items()
            }
            interleaved(measurements, 2)
            latencies.clear()
            rates = medians(interleaved(measurements, times))
        finally:
            plain.terminate()
            plain.wait(60)
            assert plain.stdout
            plain.stdout.close()
    benchmarks = []
    for method, target in TARGETS.items():
        name = f"{method} items" + (f" ({PAGE_SIZE} rows)" if method == "GET" else "")
        keys = (f"{method} app", f"{method} plain")
        benchmarks.append(
            Benchmark(name, rates[keys[0]], "requests/s", BASELINE, rates[keys[1]], target, higher_is_better=True)
        )
        for percent in (50, 99):
            app_ms, plain_ms = (quantiles(latencies[key], n=100)[percent - 1] for key in keys)
            benchmarks.append(Benchmark(f"{name}, p{percent}", app_ms, "ms", BASELINE, plain_ms))
    return benchmarks


def _get(port: int) -> Send:
    return partial(Client(port).get, f"{ITEMS_PATH}?limit={PAGE_SIZE}")


def _post(port: int) -> Send:
    item = json.dumps({"title": "Water the plants", "description": "The fern needs twice as much."})
    return partial(Client(port).post, ITEMS_PATH, item)
