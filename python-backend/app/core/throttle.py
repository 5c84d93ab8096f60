"""Slows guessing of passwords and recovery codes, per account and per address, and never locks anyone out."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from threading import Lock

MAX_WAIT_S = 30.0
"""The longest anyone waits after a failure, however many there were."""
FORGET_S = 15 * 60.0
"""Failures this long ago no longer count."""
MAX_KEYS = 10_000
"""How many accounts and addresses are remembered; the oldest go first."""

FREE_FOR_PAIR = 8
"""Consecutive failures of one address at one account that cost nothing."""
FREE_FOR_ADDRESS = 30
"""The same of one address, whatever the accounts: one password tried on many."""
FREE_FOR_ACCOUNT = 30
"""The same at one account, whatever the addresses: many machines at once."""


@dataclass
class _Failures:
    count: int
    last: float
    free: int

    def wait_s(self, now: float) -> float:
        over = self.count - self.free
        return 0.0 if over < 0 else self.last + min(2.0 ** min(over, 16), MAX_WAIT_S) - now


class Throttle:
    """Counts consecutive failures in memory. A success clears them.

    An address that has logged in to an account is not held up by what others do to that account, so that nobody can
    keep its owner out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, *, account: str, address: str) -> int:
        """Whole seconds until `address` may try `account` again; 0 for now."""
        with self._lock:
            return self._wait_s(account, address)

    def _wait_s(self, account: str, address: str) -> int:
        now = self._clock()
        waits = [
            failures.wait_s(now)
            for key, _ in self._keys(account, address)
            if (failures := self._failures.get(key)) and now - failures.last < FORGET_S
        ]
        return max(0, ceil(max(waits, default=0.0)))

    def reserve(self, *, account: str, address: str) -> int:
        """Count an attempt before it is verified, unless it has to wait: then its whole seconds, and nothing is counted.

        However many attempts are under way at once, no more are admitted than one after the other.
        It stays counted as a failure unless `succeeded` or `release` follows.
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
        """Take back a reserved attempt that was not verified."""
        with self._lock:
            for key, _ in self._keys(account, address):
                if failures := self._failures.get(key):
                    failures.count -= 1

    def _count(self, account: str, address: str) -> None:
        now = self._clock()
        for key, free in self._keys(account, address):
            old = self._failures.pop(key, None)
            count = old.count + 1 if old and now - old.last < FORGET_S else 1
            self._failures[key] = _Failures(count, now, free)
        while len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, *, account: str, address: str) -> None:
        """Forget the failures, and trust this address with this account from now on."""
        with self._lock:
            for key, _ in self._keys(account, address):
                self._failures.pop(key, None)
            self._trusted.pop((account, address), None)
            self._trusted[account, address] = None
            while len(self._trusted) > MAX_KEYS:
                self._trusted.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._failures.clear()
            self._trusted.clear()

    def _keys(self, account: str, address: str) -> list[tuple[Hashable, int]]:
        keys: list[tuple[Hashable, int]] = [
            (("pair", account, address), FREE_FOR_PAIR),
            (("address", address), FREE_FOR_ADDRESS),
        ]
        if (account, address) not in self._trusted:
            keys.append((("account", account), FREE_FOR_ACCOUNT))
        return keys


throttle = Throttle()
"""The one of this process."""
