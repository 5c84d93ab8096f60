"""Many logins at once: guesses are counted before they are checked, and hashing has a bounded share of the memory."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from e2e.security.scale import scaled
from harness.browser_backend import OWNER_EMAIL, OWNER_PASSWORD, BrowserBackend

LOGINS = scaled(60, 200)
MAX_GUESSES = 8 + 4
"""Guesses at one account from one address that are not delayed, and those whose delay, which doubles, ends during the burst."""
MAX_GROWTH_MIB = 500
"""One hash takes 64 MiB. All of them at once took 2.3 GB."""


def peak_mib(pid: int) -> int:
    """The most memory that a process has used so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


@pytest.mark.parametrize("accounts", [1, LOGINS], ids=["one account", "an account a login"])
def test_burst_of_wrong_passwords_is_throttled_within_memory_limit(
    accounts: int, backend_with_auth: BrowserBackend
) -> None:
    assert backend_with_auth.process
    with backend_with_auth.api() as api:
        api.timeout = httpx.Timeout(120)
        good = {"username": OWNER_EMAIL, "password": OWNER_PASSWORD}
        assert api.post("/login/access-token", data=good).status_code == 200  # one hash, and what it loads
        before = peak_mib(backend_with_auth.process.pid)

        def guess(number: int) -> int:
            form = {"username": f"user{number % accounts}@example.com", "password": f"guess {number}"}
            return api.post("/login/access-token", data=form).status_code

        with ThreadPoolExecutor(LOGINS) as pool:
            statuses = Counter(pool.map(guess, range(LOGINS)))
        assert peak_mib(backend_with_auth.process.pid) - before < MAX_GROWTH_MIB
        assert set(statuses) <= {400, 429, 503}
        assert statuses[400] <= (MAX_GUESSES if accounts == 1 else 30 + 4), statuses
        assert api.get("/utils/health-check/").json() is True
