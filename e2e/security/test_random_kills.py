"""The window, whose backend or shell is killed at random times."""

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from e2e.security.scale import scaled
from harness.app_data import stored_titles
from harness.items_page import ITEMS_LINK, add, open_items, row
from harness.processes import backend_pid, backend_pids, expect_exit, parent_pid
from harness.window import OpenWindow

ROUNDS = scaled(6, 50)


@pytest.mark.timeout(60 * ROUNDS)
def test_random_kills_orphan_no_process_and_lose_no_saved_item(open_app: OpenWindow, data_home: Path) -> None:
    """Send SIGKILL or SIGTERM to backend or shell. After each kill, the window recovers and saves items."""
    rng = random.Random(4711)  # noqa: S311 (reproducible, not security-relevant)
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    saved = []
    for number in range(ROUNDS):
        title = f"round {number}"
        open_items(window)
        add(window, title)
        saved.append(title)
        backend = backend_pid(data_home)
        shell = parent_pid(backend)
        target, signum = rng.choice([backend, backend, shell]), rng.choice([signal.SIGKILL, signal.SIGTERM])
        with expect_exit(backend):
            threading.Timer(rng.random() / 10, os.kill, (target, signum)).start()
        if target == shell:
            assert backend_pids(data_home) == []
            window.abandon()
            window = open_app()
        elif number % 3 == 2:  # the restart budget allows three restarts until a backend has run for a minute
            window.close()
            window = open_app()
        window.click(ITEMS_LINK)
        window.wait_visible(row(title))
    window.close()
    assert stored_titles(data_home) == sorted(saved)
