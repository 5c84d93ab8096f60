"""Measure server mode: requests/s of one and four workers, and latency by number of items.

Run it on the bundled interpreter: `make bench-server`. PostgreSQL, the workers and the clients share the machine's cores.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue
from statistics import median, quantiles

from backend_host.text.folding import search_text
from harness.postgres_cluster import DATABASE, Cluster, running
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT

SIZES = (10_000, 100_000, 1_000_000)
WORKERS = (1, 4)
CLIENT_PROCESSES, THREADS_EACH = 2, 8
SECONDS = 6.0
TIMES = 20
PASSWORD = "correct horse battery"
RUN = (
    f"import site, sys; site.addsitedir({str(ROOT / 'build' / 'server-site-packages')!r}); import runpy; "
    f"sys.path.insert(0, {str(ROOT / 'python-backend')!r}); runpy.run_module('app', run_name='__main__', alter_sys=True)"
)
# As in `make bench-items`: four words in a title, ten in a description that begins with `common`. They are lower-case ASCII,
# so that `search_text` needs no folding.
FILL = """
    SELECT setseed(0.5);    CREATE TEMP TABLE word AS SELECT row_number() OVER () AS number, substr(md5(random()::text), 1, 3 + (random() * 6)::int) AS word
    FROM generate_series(1, 5000);
    CREATE INDEX ON word (number);
    DROP INDEX item_search;
    INSERT INTO item (id, title, description, search_text, created_at, owner_id)
    SELECT gen_random_uuid(), t.title, 'common ' || t.description, t.title || '{separator}' || 'common ' || t.description,
        timestamp '2026-01-01' + series * interval '1 second', owner.id
    FROM generate_series({first}, {last}) AS series,
    LATERAL (SELECT string_agg(word, ' ') FILTER (WHERE place <= 4) AS title, string_agg(word, ' ') FILTER (WHERE place > 4) AS description
             FROM (SELECT place, word FROM (SELECT place, 1 + floor(random() * 5000)::int + 0 * series AS wanted
                                            FROM generate_series(1, 14) AS place) AS chosen
                   JOIN word ON word.number = chosen.wanted) AS words) AS t,
    (SELECT id FROM "user" LIMIT 1) AS owner
    WHERE t.title IS NOT NULL;
    {index};
    VACUUM ANALYZE item;
"""


@contextmanager
def server(cluster: Cluster, workers: int) -> Iterator[int]:
    """Run a server on the cluster's database and yield its port."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": cluster.url,
        "SECRET_KEY": "k" * 32,
        "FIRST_SUPERUSER_PASSWORD": PASSWORD,
        "WORKERS": str(workers),
        "LOG_LEVEL": "warning",
        "DATA_DIR": str(cluster.folder / "app-data"),
    }
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", RUN]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "ready":
                break
        else:
            raise RuntimeError("the server did not start")
        try:
            yield int(event["port"])
        finally:
            process.terminate()


def log_in(port: int) -> dict[str, str]:
    """Log in and return the request headers of the session."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    form = urllib.parse.urlencode({"username": "admin@example.com", "password": PASSWORD})
    connection.request(
        "POST", "/api/v1/login/access-token", form, {"Content-Type": "application/x-www-form-urlencoded"}
    )
    token = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def make_sender(
    port: int, request_headers: dict[str, str], method: str, path: str, body: str | None = None
) -> Callable[[], None]:
    """Return a function that sends the request on one connection at each call."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send() -> None:
        connection.request(method, f"/api/v1/items/{path}", body, request_headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"response {response.status}: {content!r}")

    return send


def run_client(
    port: int, request_headers: dict[str, str], method: str, path: str, body: str | None, counts: "Queue[int]"
) -> None:
    """One client process: its threads send requests for SECONDS; puts the number of responses into `counts`."""
    sent = [0] * THREADS_EACH
    until = time.monotonic() + SECONDS

    def work(number: int) -> None:
        send = make_sender(port, request_headers, method, path, body)
        while time.monotonic() < until:
            send()
            sent[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS_EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.put(sum(sent))


def throughput(port: int, request_headers: dict[str, str], method: str, path: str, body: str | None = None) -> float:
    """Requests per second."""
    context = get_context("spawn")
    counts: Queue[int] = context.Queue()
    clients = [
        context.Process(target=run_client, args=(port, request_headers, method, path, body, counts))
        for _ in range(CLIENT_PROCESSES)
    ]
    for client in clients:
        client.start()
    total = sum(counts.get() for _ in clients)
    for client in clients:
        client.join()
    return total / SECONDS


def latency(
    port: int, request_headers: dict[str, str], method: str, path: str, body: str | None = None
) -> tuple[float, float]:
    """Latency p50 and p95 of sequential requests, in ms."""
    send, durations_ms = make_sender(port, request_headers, method, path, body), []
    send()
    for _ in range(TIMES):
        began = time.perf_counter()
        send()
        durations_ms.append((time.perf_counter() - began) * 1000)
    return median(durations_ms), quantiles(durations_ms, n=20)[-1]


def main() -> None:
    """Print two tables."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # also stops PostgreSQL
    new = json.dumps({"title": "Water the plants", "description": "The fern needs twice as much."})
    with running() as cluster:
        with server(cluster, 1):
            pass  # creates the schema
        index = cluster.sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'item_search'", DATABASE).strip()
        existing, rows = 0, []
        for size in SIZES:
            separator = search_text("a", "b").strip("ab")
            script = FILL.format(first=existing + 1, last=size, index=index, separator=separator)
            insert, vacuum = script.rsplit(";\n    VACUUM", 1)
            cluster.sql(insert, DATABASE)
            cluster.sql("VACUUM" + vacuum, DATABASE)
            existing = size
            with server(cluster, 1) as port:
                request_headers = log_in(port)
                word = cluster.sql(
                    "SELECT split_part(title, ' ', 2) FROM item WHERE length(split_part(title, ' ', 2)) > 6 LIMIT 1",
                    DATABASE,
                ).strip()
                if size == SIZES[0]:
                    print(f"| 16 clients | {' | '.join(f'{workers} worker(s), requests/s' for workers in WORKERS)} |")
                for operation, request_arguments in (
                    ("one item by id", ("GET", cluster.sql("SELECT id FROM item LIMIT 1", DATABASE).strip())),
                    ("first page of 50, with count", ("GET", "?limit=50")),
                    ("middle page", ("GET", f"?limit=50&skip={size // 2}")),
                    ("first page by title", ("GET", "?limit=50&sort=title")),
                    ("search, some items match", ("GET", f"?limit=50&search={word}")),
                    ("search, every item matches", ("GET", "?limit=50&search=common")),
                    ("search, no match", ("GET", "?limit=50&search=zzzqqq")),
                    ("search, two letters", ("GET", "?limit=50&search=qz")),
                    ("create an item", ("POST", "", new)),
                ):
                    rows.append((operation, size, *latency(port, request_headers, *request_arguments)))
                    print("#", *rows[-1], flush=True)
            if size == SIZES[0]:
                for operation, request_arguments in (
                    ("one item by id", ("GET", cluster.sql("SELECT id FROM item LIMIT 1", DATABASE).strip())),
                    ("first page of 50, with count", ("GET", "?limit=50")),
                    ("create an item", ("POST", "", new)),
                ):
                    rates = []
                    for workers in WORKERS:
                        with server(cluster, workers) as port:
                            rates.append(throughput(port, log_in(port), *request_arguments))
                    print(f"| {operation} | {' | '.join(f'{rate:,.0f}' for rate in rates)} |", flush=True)
        print(f"\n| p50 / p95, ms | {' | '.join(f'{size:,} items' for size in SIZES)} |")
        for operation in dict.fromkeys(row[0] for row in rows):
            cells = (f"{p50:,.1f} / {p95:,.1f}" for name, _, p50, p95 in rows if name == operation)
            print(f"| {operation} | {' | '.join(cells)} |")
        print("\nSize:", cluster.sql(f"SELECT pg_size_pretty(pg_database_size('{DATABASE}'))").strip())


if __name__ == "__main__":
    apply_tool_environment()
    main()
