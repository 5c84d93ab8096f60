"""The debug build, killed at random moments."""

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from e2e.hostile.scale import scaled
from harness.items_page import ITEMS_LINK, add, open_items, row
from harness.processes import backends_on, ended, only_backend, parent_of
from harness.stored import stored_titles
from harness.window import OpenWindow

ROUNDS = scaled(6, 50)


@pytest.mark.timeout(60 * ROUNDS)
def test_whatever_is_killed_nothing_is_orphaned_and_nothing_saved_is_lost(
    open_app: OpenWindow, data_home: Path
) -> None:
    """Kills backend or shell by SIGKILL or SIGTERM; after each kill the window works and saves."""
    chance = random.Random(4711)  # noqa: S311 (no secret)
    window = open_app()
    window.see(ITEMS_LINK)
    saved = []
    for number in range(ROUNDS):
        title = f"round {number}"
        open_items(window)
        add(window, title)
        saved.append(title)
        backend = only_backend(data_home)
        shell = parent_of(backend)
        victim, how = chance.choice([backend, backend, shell]), chance.choice([signal.SIGKILL, signal.SIGTERM])
        with ended(backend):
            threading.Timer(chance.random() / 10, os.kill, (victim, how)).start()
        if victim == shell:
            assert backends_on(data_home) == []
            window.abandon()
            window = open_app()
        elif number % 3 == 2:  # the restart budget is three crashes a minute
            window.close()
            window = open_app()
        window.click(ITEMS_LINK)
        window.see(row(title))
    window.close()
    assert stored_titles(data_home) == sorted(saved)
