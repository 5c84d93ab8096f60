"""The WebKit process of the page: its connections to the backend, and its crash. These tests do not use WebDriver, which runs in that process."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.processes import backend_pid, expect_exit, parent_pid
from harness.waiting import wait_until

Start = Callable[[], None]


@pytest.fixture
def start(desktop: dict[str, str], shell: Path) -> Iterator[Start]:
    """Return a function that starts the app in a new D-Bus session."""
    started = []

    def run() -> None:
        command = ["dbus-run-session", "--", str(shell)]
        started.append(
            subprocess.Popen(
                command, env=desktop, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )

    yield run
    for session in started:
        os.killpg(session.pid, signal.SIGTERM)
        session.wait(20)


def wait_for_pages(data_home: Path, number: int) -> None:
    """Wait until the backend's log shows `number` loads of the page."""

    def is_loaded() -> bool:
        logs = data_home.glob("*/logs/fastapi.log")
        return sum(log.read_text("utf-8").count("GET /api/v1/users/me ") for log in logs) >= number

    wait_until(is_loaded)


def test_page_requests_to_backend_bypass_proxy(desktop: dict[str, str], data_home: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        desktop |= dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), address)
        start()
        wait_for_pages(data_home, 1)
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_page_is_reloaded_after_web_process_is_killed(data_home: Path, start: Start) -> None:
    start()
    wait_for_pages(data_home, 1)
    shell = parent_pid(backend_pid(data_home))
    (web_process,) = (
        int(pid) for pid in Path(f"/proc/{shell}/task/{shell}/children").read_text().split() if is_web_process(pid)
    )
    with expect_exit(web_process):
        os.kill(web_process, signal.SIGKILL)
    wait_for_pages(data_home, 2)


def is_web_process(pid: str) -> bool:
    """Whether the process is a WebKitWebProcess."""
    return b"WebKitWebProcess" in Path(f"/proc/{pid}/cmdline").read_bytes()
