"""Updates pins.json to another release if two independent sources agree on the archives of all six targets."""

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
from runtime.fetch.download import download, without_credentials
from runtime.fetch.index_settings import pip_env
from runtime.fetch.pins import PBS_INSTALLER, Pins, load_pins, minor_of
from runtime.host.processes import run
from runtime.host.progress import Progress
from runtime.targets import TARGETS


@dataclass(frozen=True)
class RequestedPin:
    """The release to pin. `python` is a version, or a minor version ("3.15") for its newest patch release.

    None: the newest patch release of the currently pinned minor version.
    """

    python: str | None = None
    release: str | None = None


def bump(
    pins_file: Path,
    requested: RequestedPin,
    sources: list[str],
    progress: Progress,
    pip_interpreter: Path | None = None,
    *,
    write: bool = True,
) -> Pins:
    """Query every source, require agreement, write pins.json (unless it is a dry run) and return the new pins.

    A source is PBS_INSTALLER, a file, or a URL that may contain {release}. `pip_interpreter` is an interpreter with pip. Raises InputMissingError (fewer
    than two sources), SourceUnreachableError, PinsError, PinsDisagreeError; the file is then unchanged.
    """
    old = load_pins(pins_file)
    if len(set(map(without_credentials, sources))) < 2:
        raise InputMissingError(
            "bump-pins requires two sources, so that no single source can change the pins. Pass another --source."
        )
    checksums: dict[str, dict[str, str]] = {}
    python, release = requested.python, requested.release
    # Sources without {release} first: they list the newest release.
    for source in sorted(sources, key=lambda source: "{release}" in source):
        if "{release}" in source and not (_is_exact(python) and release):
            python, release = _newest_release(old, checksums, requested)
        shown = without_credentials(source)
        checksums[shown] = read_checksums(
            _read_source(source.replace("{release}", release or ""), progress, pip_interpreter), shown
        )
    if python is None or release is None or not _is_exact(python):
        python, release = _newest_release(old, checksums, requested)
    new = {target: _agreed_sha256(old, checksums, python, release, target) for target in TARGETS}
    text = json.loads(pins_file.read_text(encoding="utf-8"))
    text |= {"python": python, "release": release, "sha256": new}
    if write:
        write_atomically(pins_file, json.dumps(text, indent=2) + "\n")
        if minor_of(python) != minor_of(old.python):
            progress.warn("The minor version changed: run `make lock` (docs/upgrading.md).")
        if minor_of(python) != minor_of(old.go_module.python):
            progress.warn(
                f"go_module in {pins_file} contains CPython {old.go_module.python}, not {minor_of(python)}: "
                "pin a version of the module with that minor version, if one exists."
            )
    return Pins(python, release, old.url, new, old.go_module)


def _is_exact(python: str | None) -> bool:
    return python is not None and minor_of(python) != python


def _archive_name(pins: Pins, python: str, release: str, target: str) -> str:
    url = pins.url.format(python=python, release=release, target=target)
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])


def _newest_release(pins: Pins, checksums: dict[str, dict[str, str]], requested: RequestedPin) -> tuple[str, str]:
    """The newest (python, release) of the minor version for which every queried source lists all six archives."""
    minor = minor_of(requested.python or pins.python)
    pattern = re.compile(rf"cpython-({re.escape(minor)}\.\d+)\+(\d{{8}})-.*")
    releases = [
        {(match[1], match[2]) for match in map(pattern.fullmatch, names) if match} for names in checksums.values()
    ]
    common = set.intersection(*releases) if releases else set()
    complete = {
        (python, release)
        for python, release in common
        if requested.python in (None, python, minor)
        and requested.release in (None, release)
        and all(
            _archive_name(pins, python, release, target) in names for names in checksums.values() for target in TARGETS
        )
    }
    if not complete:
        description = f"Python {requested.python or minor}" + (
            f", release {requested.release}" if requested.release else ""
        )
        raise PinsError(
            f"No release of {description} with all six targets was found in {' and '.join(checksums) or 'any source'}. "
            "Pass --python and --release."
        )
    return max(complete, key=lambda pair: ([int(part) for part in pair[0].split(".")], pair[1]))


def _agreed_sha256(pins: Pins, checksums: dict[str, dict[str, str]], python: str, release: str, target: str) -> str:
    name = _archive_name(pins, python, release, target)
    digests = {source: names.get(name, "none") for source, names in checksums.items()}
    if len(set(digests.values())) > 1 or "none" in digests.values():
        listed = "; ".join(f"{source} has {digest}" for source, digest in digests.items())
        raise PinsDisagreeError(
            f"The sources disagree on {name}: {listed}. pins.json is unchanged. Find out which source is wrong."
        )
    return next(iter(digests.values()))


def _read_source(source: str, progress: Progress, pip_interpreter: Path | None) -> bytes:
    shown = without_credentials(source)
    with tempfile.TemporaryDirectory(prefix="pins-") as folder:
        if source == PBS_INSTALLER:
            return _fetch_pbs_installer(Path(folder), pip_interpreter or Path(sys.executable))
        if re.match(r"(https?|file):", source):
            try:
                download(source, Path(folder) / "source", progress)
            except SourceUnreachableError as error:
                raise SourceUnreachableError(
                    f"{shown} can't be reached ({error.__cause__}), and bump-pins requires two sources. Check the network, "
                    f"or pass two other sources, such as files: --source {PBS_INSTALLER} --source path/to/SHA256SUMS."
                ) from error
            return (Path(folder) / "source").read_bytes()
    path = Path(source)
    if not path.is_file():
        raise InputMissingError(f"The source {shown} does not exist. Pass a file, a URL or {PBS_INSTALLER}.")
    return path.read_bytes()


def _fetch_pbs_installer(folder: Path, pip_interpreter: Path) -> bytes:
    command: list[str | Path] = [
        pip_interpreter,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        folder,
        PBS_INSTALLER,
    ]
    try:
        run(command, what=f"download {PBS_INSTALLER}", env=pip_env(pip_interpreter))
    except StepFailedError as error:
        raise SourceUnreachableError(
            f"pip can't download {PBS_INSTALLER}. Check the network and pip's configuration, or pass another --source.\n{error}"
        ) from error
    (wheel,) = folder.glob("*.whl")
    return wheel.read_bytes()
