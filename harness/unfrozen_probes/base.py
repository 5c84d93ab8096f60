"""Probe registry. A probe is a function that returns a description of its result, or raises."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class NotApplicableError(Exception):
    """The system lacks a requirement of the probe, so its result is unknown."""


class ProbeError(Exception):
    """The interpreter behaves differently from a regular CPython."""


@dataclass(frozen=True)
class ProbeContext:
    """Input of a probe."""

    packages: dict[str, str]
    """Expected versions of the installed packages, by name."""
    folder: Path
    """An empty folder for this probe, with spaces and non-ASCII characters in its name."""


Probe = Callable[[ProbeContext], str]


PROBES: dict[str, Probe] = {}
"""All probes by name, in import order. The first line of a docstring is the title."""


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


def title(name: str) -> str:
    """First line of a probe's docstring."""
    return (PROBES[name].__doc__ or name).splitlines()[0]


def expect(condition: object, message: str) -> None:
    """Raise ProbeError unless `condition` is true."""
    if not condition:
        raise ProbeError(message)
