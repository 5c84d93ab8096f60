"""Runs the probes and prints a report. Probes run this program as a child process with `--print` or `--serve`."""

import argparse
import importlib
import json
import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .base import PROBES, NotApplicableError, ProbeContext, ProbeError, title
from .children import CHILD, FROZEN, START_METHODS

# The import order is the order of the probes.
from . import packages, sources, imports, processes, database, system  # noqa: F401  # isort: skip

UNUSUAL_NAME = "Größe & espaces 日本"


@dataclass(frozen=True)
class ProbeResult:
    """Result of a probe. `passed` is None if the system lacks a requirement of the probe."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True)
class Report:
    """Results of all probes on an interpreter."""

    executable: str
    frozen: bool
    python: str
    results: list[ProbeResult] = field(default_factory=list)


def run_all(locked: dict[str, str], only: Sequence[str] = ()) -> Report:
    """Run all probes, or those named in `only`, each in a new folder."""
    report = Report(sys.executable, bool(FROZEN), sys.version.split()[0])
    with tempfile.TemporaryDirectory(prefix="probes-") as root:
        os.environ["DATA_DIR"] = str(Path(root) / "data")  # the app reads its settings on import
        for name in only or PROBES:
            folder = Path(root) / name / UNUSUAL_NAME
            folder.mkdir(parents=True)
            report.results.append(run_probe(name, ProbeContext(locked, folder)))
    return report


def run_probe(name: str, context: ProbeContext) -> ProbeResult:
    """Run a probe; an exception becomes a failed ProbeResult."""
    try:
        return ProbeResult(name, True, PROBES[name](context))
    except NotApplicableError as error:
        return ProbeResult(name, None, str(error))
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, ProbeError) else f"{type(error).__name__}: "
        return ProbeResult(name, False, kind + " ".join(str(error).split()))


def serve() -> None:
    """Run the app as `-m app` does, extended by plug-ins and by a route that uses multiprocessing."""
    from app.core.config import settings
    from app.main import app

    plugins = settings.DATA_DIR / "plugins"
    sys.path.append(str(plugins))
    for path in sorted(plugins.glob("*.py")):
        app.include_router(importlib.import_module(path.stem).router)

    @app.get("/probe/children", tags=["probe"])
    def children() -> list[Any]:
        descriptions = [eval(CHILD)]  # noqa: S307 (a constant of this package)
        for method in START_METHODS:
            with multiprocessing.get_context(method).Pool(1) as pool:
                descriptions.append(pool.apply(eval, (CHILD,)))
        return descriptions

    sys.argv = ["app"]
    runpy.run_module("app", run_name="__main__", alter_sys=True)


def print_value(what: str) -> None:
    """Print the value of `prefix` or `authorities` (names of the trusted CAs), or name and content of the file `what`."""
    if what == "prefix":
        print(sys.prefix)
    elif what == "authorities":
        import ssl

        certificates: list[Any] = ssl.create_default_context().get_ca_certs()
        for found in certificates:
            print(dict(part[0] for part in found["subject"])["commonName"])
    else:
        print(Path(what).name, Path(what).read_text(), sep="\n")  # default encoding, as in many scripts


def main() -> int:
    """Run the command line. Returns 1 if a probe failed."""
    parser = argparse.ArgumentParser(
        prog="unfrozen_probes", description="Probe the behavior of this Python interpreter."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--packages", default="", metavar="'NAME==VERSION …'", help="expected packages")
    parser.add_argument(
        "--only", nargs="+", choices=list(PROBES), default=(), metavar="PROBE", help="run only these probes"
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--print", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.print:
        print_value(options.print)
        return 0
    if options.serve:
        serve()
        return 0
    report = run_all(dict(part.split("==") for part in options.packages.split()), options.only)
    if options.json:
        print(json.dumps(asdict(report)))
    else:
        marks = {True: "ok", False: "FAILED", None: "skipped"}
        for found in report.results:
            print(f"{marks[found.passed]:>8}  {title(found.name)}: {found.detail}")
    return int(any(found.passed is False for found in report.results))
