"""Interleaved measurements, so that other load on the machine affects all of them equally."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Measurement = Callable[[], float]
"""Runs something once and returns its cost."""


@dataclass(frozen=True)
class Line:
    """One row of a table: a measurement and its alternative."""

    what: str
    ours: float
    unit: str
    """Unit of both values: ms, MB, 1/s, or % of one core."""
    against: str = ""
    theirs: float | None = None
    target: float | None = None
    """Target of the ratio ours / theirs: an upper bound, or a lower bound if `more_is_better`; None without a target."""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours / theirs."""
        return None if self.theirs is None else self.ours / self.theirs

    @property
    def reached(self) -> bool | None:
        """Whether the ratio reaches `target`; None without a target."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio >= self.target if self.more_is_better else self.ratio <= self.target


def interleaved(readings: Mapping[str, Measurement], times: int) -> dict[str, list[float]]:
    """Run each measurement `times` times, alternating: A B A B."""
    taken: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(times):
        for name, read in readings.items():
            taken[name].append(read())
    return taken


def medians(taken: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each measurement."""
    return {name: median(values) for name, values in taken.items()}
