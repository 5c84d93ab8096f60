"""What every probe is: a function that returns what it saw, or raises."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class NotApplicableError(Exception):
    """The machine lacks what the probe needs, so the probe says nothing about the interpreter."""


class ProbeError(Exception):
    """It is not as it would be in an ordinary Python."""


@dataclass(frozen=True)
class ProbeContext:
    """What a probe may use."""

    packages: dict[str, str]
    """Names and versions that must be installed."""
    folder: Path
    """Empty, the probe's own, and awkwardly named."""


Probe = Callable[[ProbeContext], str]


PROBES: dict[str, Probe] = {}
"""In the order in which their modules are imported; the first line of each docstring is its title."""


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


def title(name: str) -> str:
    """A probe's title."""
    return (PROBES[name].__doc__ or name).splitlines()[0]


def expect(condition: object, otherwise: str) -> None:
    """Raise ProbeError unless `condition` holds."""
    if not condition:
        raise ProbeError(otherwise)
