"""Readings that can be compared: taken in turns, so that whatever else the machine does hits all of them alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Measurement = Callable[[], float]
"""Does something once and gives what it took."""


@dataclass(frozen=True)
class Line:
    """One line of a table: what was measured, against the alternative."""

    what: str
    ours: float
    unit: str
    """Of both values: ms, MB, 1/s, or % for a share of one core."""
    against: str = ""
    theirs: float | None = None
    target: float | None = None
    """The ratio ours / theirs to be reached: a most, or where more is better a least; None where nothing was set."""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours / theirs."""
        return None if self.theirs is None else self.ours / self.theirs

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is as good as `target` asks; None where nothing was asked."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio >= self.target if self.more_is_better else self.ratio <= self.target


def interleaved(readings: Mapping[str, Measurement], times: int) -> dict[str, list[float]]:
    """Each reading `times` times, A B A B."""
    taken: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(times):
        for name, read in readings.items():
            taken[name].append(read())
    return taken


def medians(taken: Mapping[str, list[float]]) -> dict[str, float]:
    """The middle of each; half of what was read is on either side of it."""
    return {name: median(values) for name, values in taken.items()}
