"""Concurrent logins: attempts are counted before the password is verified, and the memory of concurrent hashes is bounded."""

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
"""Attempts per account and address without delay (8), and attempts whose exponential delay ends during the burst (4)."""
MAX_GROWTH_MIB = 500
"""One hash takes 64 MiB; hashing without a limit peaked at 2.3 GB."""


def peak_mib(pid: int) -> int:
    """Peak resident memory of a process in MiB, from /proc."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


@pytest.mark.parametrize("accounts", [1, LOGINS], ids=["one account", "one account per login"])
def test_burst_of_wrong_passwords_is_throttled_within_memory_limit(
    accounts: int, backend_with_auth: BrowserBackend
) -> None:
    assert backend_with_auth.process
    with backend_with_auth.api() as api:
        api.timeout = httpx.Timeout(120)
        good = {"username": OWNER_EMAIL, "password": OWNER_PASSWORD}
        assert (
            api.post("/login/access-token", data=good).status_code == 200
        )  # allocates the memory of one hash and loads its modules
        before = peak_mib(backend_with_auth.process.pid)

        def guess(number: int) -> int:
            form = {"username": f"user{number % accounts}@example.com", "password": f"guess {number}"}
            return api.post("/login/access-token", data=form).status_code

        with ThreadPoolExecutor(LOGINS) as pool:
            statuses = Counter(pool.map(guess, range(LOGINS)))
        assert peak_mib(backend_with_auth.process.pid) - before < MAX_GROWTH_MIB
        assert set(statuses) <= {400, 429, 503}
        assert 0 < statuses[400] <= (MAX_GUESSES if accounts == 1 else 30 + 4), statuses
        assert api.get("/utils/health-check/").json() is True
