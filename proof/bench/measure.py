"""Interleaved measurements, so that other load on the machine affects all of them equally."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Measurement = Callable[[], float]
"""Runs a measurement once and returns its value."""


@dataclass(frozen=True)
class Benchmark:
    """One row of the table: the app's value and a baseline's value."""

    name: str
    value: float
    unit: str
    """Unit of both values: ms, kB, MB, requests/s, or % of one core."""
    baseline: str = ""
    baseline_value: float | None = None
    target: float | None = None
    """Target of the ratio: an upper bound, or a lower bound if `higher_is_better`; None without a target."""
    higher_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """The app's value divided by the baseline's."""
        return None if self.baseline_value is None else self.value / self.baseline_value

    @property
    def meets_target(self) -> bool | None:
        """Whether the ratio meets `target`; None without a target."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio >= self.target if self.higher_is_better else self.ratio <= self.target


def interleaved(measurements: Mapping[str, Measurement], times: int) -> dict[str, list[float]]:
    """Run each measurement `times` times, alternating: A B A B."""
    results: dict[str, list[float]] = {name: [] for name in measurements}
    for _ in range(times):
        for name, measure in measurements.items():
            results[name].append(measure())
    return results


def medians(results: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each measurement."""
    return {name: median(values) for name, values in results.items()}
