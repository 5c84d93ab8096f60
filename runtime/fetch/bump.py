"""Updates pins.json to another release if two independent sources agree on the six archives."""

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from runtime.build.atomic import write_atomically
from runtime.errors import (
    InputMissingError,
    PinsDisagreeError,
    PinsError,
    SourceUnreachableError,
    StepFailedError,
)
from runtime.fetch.checksums import read_checksums
from runtime.fetch.download import download
from runtime.fetch.index_settings import pip_env
from runtime.fetch.pins import PACKAGE, Pins, load_pins, minor_of
from runtime.host.processes import run
from runtime.host.progress import Progress
from runtime.targets import TARGETS


@dataclass(frozen=True)
class Wanted:
    """The requested pin. `python` is a version, or a minor version ("3.15") for its newest patch release.

    None: the newest patch release of the currently pinned minor version.
    """

    python: str | None = None
    release: str | None = None


def bump(
    pins_file: Path,
    wanted: Wanted,
    sources: list[str],
    progress: Progress,
    pip: Path | None = None,
    *,
    write: bool = True,
) -> Pins:
    """Query every source, require agreement, write pins.json (unless it is a dry run) and return the new pins.

    A source is PACKAGE, a file, or a URL that may contain {release}. `pip` is an interpreter with pip. Raises InputMissingError (fewer
    than two sources), SourceUnreachableError, PinsError, PinsDisagreeError; the file is then unchanged.
    """
    old = load_pins(pins_file)
    if len(set(sources)) < 2:
        raise InputMissingError(
            "Two sources are needed, so that one alone can't change what ships. Name another --source."
        )
    said: dict[str, dict[str, str]] = {}
    python, release = wanted.python, wanted.release
    # Sources without {release} first: they list the newest release.
    for source in sorted(sources, key=lambda source: "{release}" in source):
        if "{release}" in source and not (_is_exact(python) and release):
            python, release = _newest(old, said, wanted)
        said[source] = read_checksums(_read(source.replace("{release}", release or ""), progress, pip), source)
    if python is None or release is None or not _is_exact(python):
        python, release = _newest(old, said, wanted)
    new = {target: _agreed(old, said, python, release, target) for target in TARGETS}
    text = json.loads(pins_file.read_text(encoding="utf-8"))
    text |= {"python": python, "release": release, "sha256": new}
    if write:
        write_atomically(pins_file, json.dumps(text, indent=2) + "\n")
        if minor_of(python) != minor_of(old.python):
            progress.warn("The minor version changed: run `make lock` (docs/upgrading.md).")
        if minor_of(python) != minor_of(old.go_module.python):
            progress.warn(
                f"go_module in {pins_file} carries CPython {old.go_module.python} and can't serve {minor_of(python)}: "
                "pin a version of the module that does, if there is one."
            )
    return Pins(python, release, old.url, new, old.go_module)


def _is_exact(python: str | None) -> bool:
    return python is not None and minor_of(python) != python


def _name(pins: Pins, python: str, release: str, target: str) -> str:
    url = pins.url.format(python=python, release=release, target=target)
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])


def _newest(pins: Pins, said: dict[str, dict[str, str]], wanted: Wanted) -> tuple[str, str]:
    """The newest (python, release) of the minor version for which every queried source lists all six archives."""
    minor = minor_of(wanted.python or pins.python)
    pattern = re.compile(rf"cpython-({re.escape(minor)}\.\d+)\+(\d{{8}})-.*")
    offered = [{(match[1], match[2]) for match in map(pattern.fullmatch, names) if match} for names in said.values()]
    common = set.intersection(*offered) if offered else set()
    complete = {
        (python, release)
        for python, release in common
        if wanted.python in (None, python, minor)
        and wanted.release in (None, release)
        and all(_name(pins, python, release, target) in names for names in said.values() for target in TARGETS)
    }
    if not complete:
        asked = f"Python {wanted.python or minor}" + (f", release {wanted.release}" if wanted.release else "")
        raise PinsError(
            f"No release with all six targets is known to {' and '.join(said) or 'any source'} for {asked}. "
            "Name --python and --release."
        )
    return max(complete, key=lambda pair: ([int(part) for part in pair[0].split(".")], pair[1]))


def _agreed(pins: Pins, said: dict[str, dict[str, str]], python: str, release: str, target: str) -> str:
    name = _name(pins, python, release, target)
    answers = {source: names.get(name, "nothing") for source, names in said.items()}
    if len(set(answers.values())) > 1 or "nothing" in answers.values():
        listed = "; ".join(f"{source} says {answer}" for source, answer in answers.items())
        raise PinsDisagreeError(
            f"The sources do not agree on {name}: {listed}. pins.json is as it was. Find out which is wrong."
        )
    return next(iter(answers.values()))


def _read(source: str, progress: Progress, pip: Path | None) -> bytes:
    with tempfile.TemporaryDirectory(prefix="pins-") as folder:
        if source == PACKAGE:
            return _fetch_package(Path(folder), pip or Path(sys.executable))
        if re.match(r"(https?|file):", source):
            try:
                download(source, Path(folder) / "source", progress)
            except SourceUnreachableError as error:
                raise SourceUnreachableError(
                    f"{source} can't be reached ({error.__cause__}), and one source alone is not enough. Check the network, "
                    f"or name two others, which may be files: --source {PACKAGE} --source path/to/SHA256SUMS."
                ) from error
            return (Path(folder) / "source").read_bytes()
    path = Path(source)
    if not path.is_file():
        raise InputMissingError(f"The source {source} does not exist. Give a file, an address or {PACKAGE}.")
    return path.read_bytes()


def _fetch_package(folder: Path, pip: Path) -> bytes:
    command: list[str | Path] = [
        pip,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        folder,
        PACKAGE,
    ]
    try:
        run(command, what=f"fetch {PACKAGE}", env=pip_env(pip))
    except StepFailedError as error:
        raise SourceUnreachableError(
            f"pip can't fetch {PACKAGE}. Check the network and pip's configuration, or name another --source.\n{error}"
        ) from error
    (wheel,) = folder.glob("*.whl")
    return wheel.read_bytes()
