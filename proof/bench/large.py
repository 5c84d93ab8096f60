"""A page far down a long list, and a search in it: requests to a backend with 100,000 items."""

import json
import time
from random import Random

from proof.bench.client import Client
from proof.bench.measure import Line, Measurement, interleaved, medians
from proof.bench.programs import STAGED, data_dir, running
from proof.bench.throughput import ITEMS

ROWS = 100
SEARCH_MS = 20.0


def measure(times: int, items: int) -> list[Line]:
    """The lines for a list of `items`, a multiple of ROWS: its last and its middle page against its first, two searches."""
    random = Random(1)  # noqa: S311
    letters = "abcdefghijklmnoprstuvy"
    words = ["".join(random.choices(letters, k=random.randint(4, 9))) for _ in range(5_000)]
    rows = [{"title": " ".join(random.choices(words, k=4))} for _ in range(items)]
    with data_dir() as folder, running(STAGED, folder) as backend:
        client = Client(backend.port)
        client.post(f"{ITEMS}import", json.dumps(rows))

        def asked(query: str) -> Measurement:
            def read() -> float:
                began = time.perf_counter()
                client.get(f"{ITEMS}?limit={ROWS}&{query}")
                return (time.perf_counter() - began) * 1000

            return read

        readings = {
            "first": asked("skip=0"),
            "last": asked(f"skip={items - ROWS}"),
            "middle": asked(f"skip={items // 2}"),
            "word": asked(f"search={words[0]}"),
            "none": asked("search=no+such+words"),
        }
        interleaved(readings, 2)
        taken = medians(interleaved(readings, times))
        client.close()
    found, target = f"{SEARCH_MS:.0f} ms", 1.0
    return [
        Line(f"page {items // ROWS:,} of {items:,} items", taken["last"], "ms", "page 1", taken["first"], 2.0),
        Line("the page in their middle, the slowest", taken["middle"], "ms", "page 1", taken["first"]),
        Line(f"search of a word among {items:,}", taken["word"], "ms", found, SEARCH_MS, target),
        Line(f"search that finds none among {items:,}", taken["none"], "ms", found, SEARCH_MS, target),
    ]
