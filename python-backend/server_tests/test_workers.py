"""Several workers on one socket: a killed worker and a shutdown under load lose no acknowledged writes."""

import os
import signal
import time
from pathlib import Path

import httpx

from backend_host.launch import watchdog
from server_tests.conftest import EMAIL, PASSWORD, Serve
from server_tests.load import Writers, log_in, stored_item_ids
from tests.backend_process import Backend


def worker_pids(pid: int) -> list[int]:
    """Return the child processes of `pid` without the watchdog. /proc lists them per thread."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() != watchdog.NAME]


def wait_for_exit(pids: list[int], within_s: float = 10.0) -> bool:
    until = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def ready_pid(backend: Backend) -> int:
    return int(httpx.get(f"{backend.url}/api/v1/utils/ready/", trust_env=False).json()["pid"])


def test_killed_worker_is_replaced_under_load_without_losing_acknowledged_writes(serve: Serve) -> None:
    backend = serve(WORKERS="2")
    headers = log_in(backend, EMAIL, PASSWORD)
    before = worker_pids(backend.process.pid)
    assert len(before) == 2
    with Writers(backend, headers, threads=6).running() as writers:
        writers.wait_for(60)
        os.kill(before[0], signal.SIGKILL)
        writers.wait_for(60)
    assert not writers.failed
    assert len(writers.interrupted) <= 6, "at most one running request per writer"
    seen: set[int] = set()
    while len(seen) < 2:  # until the new worker serves too
        seen.add(ready_pid(backend))
        assert before[0] not in seen
    assert set(writers.acknowledged) <= stored_item_ids(backend, headers)
    assert backend.stop() == 0, "".join(backend.log[-40:])
    assert wait_for_exit([*before, *seen])


def test_shutdown_under_load_finishes_running_requests(serve: Serve) -> None:
    backend = serve(WORKERS="2")
    headers = log_in(backend, EMAIL, PASSWORD)
    workers = worker_pids(backend.process.pid)
    with Writers(backend, headers, threads=6).running() as writers:
        writers.wait_for(60)
        backend.process.send_signal(signal.SIGTERM)
        assert backend.wait() == 0
    assert not writers.failed
    assert "Cancelling" not in "".join(backend.log)
    assert wait_for_exit(workers)
    assert "Traceback" not in "".join(backend.log)
    again = serve()
    stored = stored_item_ids(again, headers)  # sessions survive a restart: SECRET_KEY is configured
    assert set(writers.acknowledged) == stored, "all running requests finish"


def test_workers_exit_when_parent_is_killed(serve: Serve) -> None:
    backend = serve(WORKERS="2")
    workers = worker_pids(backend.process.pid)
    backend.process.kill()
    backend.process.wait()
    assert wait_for_exit(workers)


def test_stopping_server_reports_not_ready_before_it_stops(serve: Serve) -> None:
    backend = serve(STOP_NOTICE_S="6")
    with httpx.Client(base_url=f"{backend.url}/api/v1/", timeout=60, trust_env=False) as client:
        assert client.get("utils/ready/").status_code == 200
        backend.process.send_signal(signal.SIGTERM)
        while (response := client.get("utils/ready/")).status_code == 200:
            pass  # the signal is not handled yet
        assert response.status_code == 503
        assert client.get("utils/about/").status_code == 200, "requests still succeed"
    assert backend.wait() == 0
