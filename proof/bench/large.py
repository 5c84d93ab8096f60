"""Latency of pages and searches in a list of 100,000 items."""

import json
import time
from random import Random

from proof.bench.client import Client
from proof.bench.measure import Benchmark, Measurement, interleaved, medians
from proof.bench.programs import STAGED, data_dir, running
from proof.bench.throughput import ITEMS_PATH

PAGE_SIZE = 100
SEARCH_MS = 20.0


def measure(times: int, items: int) -> list[Benchmark]:
    """Compare the last and the middle page of `items` (a multiple of PAGE_SIZE) with the first page, and two searches with SEARCH_MS."""
    random = Random(1)  # noqa: S311
    letters = "abcdefghijklmnoprstuvy"
    words = ["".join(random.choices(letters, k=random.randint(4, 9))) for _ in range(5_000)]
    rows = [{"title": " ".join(random.choices(words, k=4))} for _ in range(items)]
    with data_dir() as folder, running(STAGED, folder) as backend:
        client = Client(backend.port)
        client.post(f"{ITEMS_PATH}import", json.dumps(rows))

        def request(query: str) -> Measurement:
            def measure_once() -> float:
                began = time.perf_counter()
                client.get(f"{ITEMS_PATH}?limit={PAGE_SIZE}&{query}")
                return (time.perf_counter() - began) * 1000

            return measure_once

        measurements = {
            "first": request("skip=0"),
            "last": request(f"skip={items - PAGE_SIZE}"),
            "middle": request(f"skip={items // 2}"),
            "word": request(f"search={words[0]}"),
            "none": request("search=no+such+words"),
        }
        interleaved(measurements, 2)
        latency_ms = medians(interleaved(measurements, times))
        client.close()
    limit, target = f"limit of {SEARCH_MS:.0f} ms", 1.0
    return [
        Benchmark(
            f"last page ({items // PAGE_SIZE:,}) of {items:,} items",
            latency_ms["last"],
            "ms",
            "first page",
            latency_ms["first"],
            2.0,
        ),
        Benchmark(f"middle page of {items:,} items", latency_ms["middle"], "ms", "first page", latency_ms["first"]),
        Benchmark(f"search for a word in {items:,} items", latency_ms["word"], "ms", limit, SEARCH_MS, target),
        Benchmark(f"search without matches in {items:,} items", latency_ms["none"], "ms", limit, SEARCH_MS, target),
    ]
