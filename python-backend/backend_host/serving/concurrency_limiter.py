"""A semaphore with a timeout and a limited queue, for async code."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary


class ConcurrencyLimiter:
    """Limits concurrency to `limit` tasks per event loop.

    A task that waits for longer than `wait_s` seconds, or finds `max_waiting` tasks in the queue, raises `error()`.
    """

    def __init__(
        self, limit: int, *, wait_s: float, error: Callable[[], Exception], max_waiting: float = math.inf
    ) -> None:
        self._limit = limit
        self._semaphores: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._wait_s = wait_s
        self._error = error
        self._max_waiting = max_waiting
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Acquire a slot for the duration of the block."""
        semaphore = self._semaphores.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._limit))
        if semaphore.locked() and self._waiting >= self._max_waiting:
            raise self._error()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await semaphore.acquire()
        except TimeoutError:
            raise self._error() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            semaphore.release()
