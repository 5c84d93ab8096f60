"""Throttles guessing of passwords and codes per account and per address, without lockout."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from threading import Lock

MAX_WAIT_S = 30.0
"""Maximum delay after a failure."""
EXPIRE_S = 15 * 60.0
"""Failures no longer count after this time without another failure of the same key."""
MAX_KEYS = 10_000
"""Maximum number of accounts and addresses in memory; the oldest are evicted."""

ALLOWED_FOR_PAIR = 8
"""Consecutive failures of an address with an account before delays start."""
ALLOWED_FOR_ADDRESS = 30
"""The same for an address with any accounts (password spraying)."""
ALLOWED_FOR_ACCOUNT = 30
"""The same for an account from any addresses (distributed guessing)."""


@dataclass
class _Failures:
    count: int
    last: float
    allowed: int

    def wait_s(self, now: float) -> float:
        over = self.count - self.allowed
        return 0.0 if over < 0 else self.last + min(2.0 ** min(over, 16), MAX_WAIT_S) - now


class Throttle:
    """Counts consecutive failures in memory. A success clears them.

    An address that has logged in to an account is exempt from that account's limit, so that an attacker cannot lock its owner
    out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, *, account: str, address: str) -> int:
        """Whole seconds until `address` may try `account` again; 0 if it may now."""
        with self._lock:
            return self._wait_s(account, address)

    def _wait_s(self, account: str, address: str) -> int:
        now = self._clock()
        waits = [
            failures.wait_s(now)
            for key, _ in self._keys(account, address)
            if (failures := self._failures.get(key)) and now - failures.last < EXPIRE_S
        ]
        return max(0, ceil(max(waits, default=0.0)))

    def reserve(self, *, account: str, address: str) -> int:
        """Count an attempt before it is verified, and return 0; while throttled, return the seconds to wait and count nothing.

        Concurrent attempts are limited like sequential ones. The attempt counts as a failure unless `succeeded` or `release`
        follows.
        """
        with self._lock:
            if wait_s := self._wait_s(account, address):
                return wait_s
            self._count(account, address)
            return 0

    def failed(self, *, account: str, address: str) -> None:
        """Count a wrong password or code."""
        with self._lock:
            self._count(account, address)

    def release(self, *, account: str, address: str) -> None:
        """Uncount a reserved attempt that was not verified."""
        with self._lock:
            for key, _ in self._keys(account, address):
                if failures := self._failures.get(key):
                    failures.count -= 1

    def _count(self, account: str, address: str) -> None:
        now = self._clock()
        for key, allowed in self._keys(account, address):
            old = self._failures.pop(key, None)
            count = old.count + 1 if old and now - old.last < EXPIRE_S else 1
            self._failures[key] = _Failures(count, now, allowed)
        while len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, *, account: str, address: str) -> None:
        """Clear the failures, and trust this address with this account from now on."""
        with self._lock:
            for key, _ in self._keys(account, address):
                self._failures.pop(key, None)
            self._trusted.pop((account, address), None)
            self._trusted[account, address] = None
            while len(self._trusted) > MAX_KEYS:
                self._trusted.popitem(last=False)

    def clear(self) -> None:
        """Clear all failures and trusted addresses."""
        with self._lock:
            self._failures.clear()
            self._trusted.clear()

    def _keys(self, account: str, address: str) -> list[tuple[Hashable, int]]:
        keys: list[tuple[Hashable, int]] = [
            (("pair", account, address), ALLOWED_FOR_PAIR),
            (("address", address), ALLOWED_FOR_ADDRESS),
        ]
        if (account, address) not in self._trusted:
            keys.append((("account", account), ALLOWED_FOR_ACCOUNT))
        return keys
