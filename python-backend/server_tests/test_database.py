"""Database restarts and exhausted connection pools under load."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from harness.postgres_cluster import Cluster
from server_tests.conftest import EMAIL, PASSWORD, Serve
from server_tests.load import Writers, log_in, stored_item_ids

EXPECTED_ERRORS = {(503, "database_unreachable"), (503, "database_busy")}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_database_restart_under_load_returns_503_and_recovers(serve: Serve, cluster: Cluster, mode: str) -> None:
    backend = serve(WORKERS="2")
    headers = log_in(backend, EMAIL, PASSWORD)
    with Writers(backend, headers, threads=6).running() as writers:
        writers.wait_for(60)
        cluster.stop(mode)
        try:
            with httpx.Client(
                base_url=f"{backend.url}/api/v1/", headers=headers, timeout=60, trust_env=False
            ) as client:
                refused = client.get("items/")
                assert (refused.status_code, refused.json()["code"]) == (503, "database_unreachable")
                assert refused.headers["retry-after"] == "1"
                assert client.get("utils/health-check/").json() is True, "the health check does not need the database"
                assert client.get("utils/ready/").status_code == 503
        finally:
            cluster.start()
        writers.wait_for(60)
    assert set(writers.failed) <= EXPECTED_ERRORS, writers.failed
    assert writers.interrupted == [], "".join(backend.log[-50:])
    assert set(writers.acknowledged) <= stored_item_ids(backend, headers)
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


def test_requests_beyond_pool_wait_without_thread_and_time_out_with_503(serve: Serve, database: str) -> None:
    backend = serve(DATABASE_POOL_SIZE="2")
    headers = log_in(backend, EMAIL, PASSWORD)

    def write(_: int) -> tuple[int, str]:
        response = client.post("items/", json={"title": "Waits"}, headers=headers)
        return response.status_code, response.json().get("code", "")

    with (
        httpx.Client(base_url=f"{backend.url}/api/v1/", timeout=60, trust_env=False) as client,
        psycopg.connect(database.replace("+psycopg", "")) as other,
        ThreadPoolExecutor(50) as pool,
    ):
        other.execute("LOCK TABLE item")
        began = time.monotonic()
        responses = [pool.submit(write, number) for number in range(50)]
        # Two requests have a connection and wait for the table lock. The others get 503.
        while sum(response.done() for response in responses) < 48:
            sent_at = time.monotonic()
            # This request needs a thread. Requests that wait for a connection hold none.
            assert client.get("utils/about/").status_code == 200
            assert time.monotonic() - sent_at < 2, "requests without a database session are not delayed"
            assert time.monotonic() - began < 30
        other.rollback()
        results = [response.result() for response in responses]
        assert sorted(results) == [(200, "")] * 2 + [(503, "database_busy")] * 48
        assert write(0) == (200, "")


def test_more_requests_than_connections_all_succeed(serve: Serve) -> None:
    backend = serve(DATABASE_POOL_SIZE="8")  # with fewer, 60 slow writes could exceed POOL_TIMEOUT_S
    headers = log_in(backend, EMAIL, PASSWORD)
    with Writers(backend, headers, threads=60).running() as writers:
        writers.wait_for(600)
    assert not writers.failed
    assert not writers.interrupted
