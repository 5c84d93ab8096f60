"""Progress output: one line per step, downloads with bytes and percent, timings at the end."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """Prints steps to `out` and warnings to stderr, and records the duration of each step in seconds."""

    out: TextIO
    timings: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, detail: str = "") -> Iterator[None]:
        """Print a step's name and measure its duration."""
        self.info(f"  {name}" + (f": {detail}" if detail else ""))
        started = time.monotonic()
        yield
        self.timings.append((name, time.monotonic() - started))

    def info(self, line: str) -> None:
        """Print one line."""
        print(line, file=self.out, flush=True)

    def warn(self, line: str) -> None:
        """Print a warning to stderr."""
        print(line, file=sys.stderr, flush=True)

    def summary(self) -> str:
        """The durations, such as "unpack 1.2 s, install 3.4 s"."""
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.timings)

    @contextmanager
    def transfer(self, name: str, total_bytes: int | None) -> Iterator["Transfer"]:
        """Show a download's progress."""
        transfer = Transfer(name, total_bytes, live=sys.stderr.isatty())
        try:
            yield transfer
        finally:
            transfer.finish()


class Transfer:
    """Byte counter of a download: redrawn in place on a terminal, one line per 10 % otherwise."""

    def __init__(self, name: str, total_bytes: int | None, *, live: bool) -> None:
        self.name, self.total_bytes, self.live = name, total_bytes, live
        self.done_bytes = 0
        self._shown = -1

    def add(self, count: int) -> None:
        """Add received bytes."""
        self.done_bytes += count
        step = 100 if self.live else 10
        mark = self.done_bytes * step // self.total_bytes if self.total_bytes else self.done_bytes >> 22
        if mark != self._shown:
            self._shown = mark
            self._show("\r" if self.live else "\n")

    def finish(self) -> None:
        """Move the terminal's cursor to a new line."""
        if self.live:
            self._show("\n")

    def _show(self, end: str) -> None:
        megabytes = f"{self.done_bytes / 1e6:.1f}"
        if self.total_bytes:
            megabytes += f" of {self.total_bytes / 1e6:.1f} MB ({self.done_bytes * 100 // self.total_bytes} %)"
        else:
            megabytes += " MB"
        print(f"    {self.name}: {megabytes}", end=end, file=sys.stderr, flush=True)
