"""Sequential requests over loopback: the app against the same two routes in plain_app.py, on one database."""

import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles

from proof.bench.client import Client
from proof.bench.measure import Line, interleaved, medians
from proof.bench.programs import BUNDLED, ENVIRONMENT, STAGED, data_dir, running

ITEMS = "/api/v1/items/"
ROWS = 100
PLAIN = Path(__file__).with_name("plain_app.py")
TARGETS = {"GET": 2.0, "POST": 1.5}
Send = Callable[[], None]


def measure(times: int, requests: int) -> list[Line]:
    """Requests/s, and latency p50 and p99; each round sends `requests` requests of each kind."""
    latencies: dict[str, list[float]] = {}

    def block(name: str, connect: Callable[[], Send]) -> Callable[[], float]:
        def read() -> float:
            send = connect()  # reconnect: a server closes connections that were idle during the other measurements
            began = time.perf_counter()
            for _ in range(requests):
                before = time.perf_counter()
                send()
                latencies.setdefault(name, []).append((time.perf_counter() - before) * 1000)
            return requests / (time.perf_counter() - began)

        return read

    with data_dir() as folder, running(STAGED, folder) as ours:
        plain = subprocess.Popen(
            [*BUNDLED, str(PLAIN), str(folder / "app.db")], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert plain.stdout
            servers = {"ours": ours.port, "plain": int(plain.stdout.readline())}
            for _ in range(ROWS):
                _post(servers["ours"])()
            readings = {
                f"{method} {name}": block(f"{method} {name}", partial(send, port))
                for method, send in {"GET": _get, "POST": _post}.items()
                for name, port in servers.items()
            }
            interleaved(readings, 2)
            latencies.clear()
            rates = medians(interleaved(readings, times))
        finally:
            plain.terminate()
            plain.wait(60)
            assert plain.stdout
            plain.stdout.close()
    lines = []
    for method, target in TARGETS.items():
        what = f"{method} items" + (f" ({ROWS} rows)" if method == "GET" else "")
        names = (f"{method} ours", f"{method} plain")
        lines.append(
            Line(what, rates[names[0]], "1/s", "written plainly", rates[names[1]], target, more_is_better=True)
        )
        for percent in (50, 99):
            ours_ms, plain_ms = (quantiles(latencies[name], n=100)[percent - 1] for name in names)
            lines.append(Line(f"{what}, p{percent}", ours_ms, "ms", "written plainly", plain_ms))
    return lines


def _get(port: int) -> Send:
    return partial(Client(port).get, f"{ITEMS}?limit={ROWS}")


def _post(port: int) -> Send:
    item = json.dumps({"title": "Water the plants", "description": "The fern needs twice as much."})
    return partial(Client(port).post, ITEMS, item)
