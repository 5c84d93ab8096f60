"""So many at a time. The others wait without a thread, and not forever."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary


class ConcurrencyLimiter:
    """Lets `limit` tasks of an event loop proceed at a time.

    A task that has waited for `wait_s`, or finds `max_waiting` others waiting, raises what `error` makes.
    """

    def __init__(
        self, limit: int, *, wait_s: float, error: Callable[[], Exception], max_waiting: float = math.inf
    ) -> None:
        self._limit = limit
        self._free: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._wait_s = wait_s
        self._error = error
        self._max_waiting = max_waiting
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot."""
        free = self._free.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._limit))
        if free.locked() and self._waiting >= self._max_waiting:
            raise self._error()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await free.acquire()
        except TimeoutError:
            raise self._error() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            free.release()
