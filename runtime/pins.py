"""Reads pins.json: which interpreter archive each target gets, and what the stand-in is compiled from."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from runtime.errors import PinsError, UnsupportedTargetError

PACKAGE = "pbs-installer"
"""A package whose data lists every release with its sums; pip fetches it, from the index that pip is configured with."""

SUMS = "https://github.com/astral-sh/python-build-standalone/releases/download/{release}/SHA256SUMS"
"""The release's own list."""

DEFAULT_SOURCES = (PACKAGE, SUMS)
"""What `bump-pins` asks unless told otherwise: made by different people, published in different places."""


@dataclass(frozen=True)
class Pin:
    """One target's archive in the official release."""

    target: str
    python: str
    release: str
    url: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The archive's own name, unquoted: it has a plus sign."""
        return unquote(urlsplit(self.url).path.rsplit("/", 1)[-1])

    @property
    def minor(self) -> str:
        """Like "3.13": what fixes the ABI and the folder names."""
        return ".".join(self.python.split(".")[:2])


@dataclass(frozen=True)
class StandInPin:
    """The pristine source that the stand-in is compiled from."""

    python: str
    debian_suite: str
    debian_source: str
    tarball: str
    sha256: str


@dataclass(frozen=True)
class Pins:
    """The whole file."""

    python: str
    release: str
    url: str
    sha256: dict[str, str]
    stand_in: StandInPin

    def for_target(self, target: str) -> Pin:
        """The pin of one target. Raises UnsupportedTargetError."""
        if target not in self.sha256:
            raise UnsupportedTargetError(
                f"No runtime is pinned for {target}. Pinned: {', '.join(sorted(self.sha256))}."
            )
        url = self.url.format(python=self.python, release=self.release, target=target)
        return Pin(target=target, python=self.python, release=self.release, url=url, sha256=self.sha256[target])

    def fingerprint(self, target: str) -> dict[str, Any]:
        """What of this file a target's tree depends on."""
        return {"pin": asdict(self.for_target(target)), "stand_in": asdict(self.stand_in)}


def load_pins(path: Path) -> Pins:
    """Read and check the pins file. Raises PinsError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        pins = Pins(**{**raw, "stand_in": StandInPin(**raw["stand_in"])})
        digests = [*pins.sha256.values(), pins.stand_in.sha256]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PinsError(f"{path} can't be used: {error}. Restore it from version control.") from error
    for digest in digests:
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise PinsError(f"{path} holds {digest!r} where a sha256 in lower-case hex belongs.")
    return pins
