"""Runs the probes and reports. Each child process that a probe needs is this program once more, asked to `print` or to `serve`."""

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

# In this order they are run and shown.
from . import packages, sources, imports, processes, database, system  # noqa: F401  # isort: skip

UNUSUAL_NAME = "Größe & espaces 日本"


@dataclass(frozen=True)
class Finding:
    """What one probe found. `passed` is None where the machine lacks what it is about."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True)
class Report:
    """What one interpreter showed."""

    executable: str
    frozen: bool
    python: str
    findings: list[Finding] = field(default_factory=list)


def run_all(locked: dict[str, str], only: Sequence[str] = ()) -> Report:
    """Run every probe, or those named, each in a folder of its own."""
    report = Report(sys.executable, bool(FROZEN), sys.version.split()[0])
    with tempfile.TemporaryDirectory(prefix="probes-") as root:
        os.environ["DATA_DIR"] = str(Path(root) / "data")  # the app's settings are read when it is imported
        for name in only or PROBES:
            folder = Path(root) / name / UNUSUAL_NAME
            folder.mkdir(parents=True)
            report.findings.append(finding(name, ProbeContext(locked, folder)))
    return report


def finding(name: str, context: ProbeContext) -> Finding:
    """Run one probe; whatever it raises is what it says."""
    try:
        return Finding(name, True, PROBES[name](context))
    except NotApplicableError as error:
        return Finding(name, None, str(error))
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, ProbeError) else f"{type(error).__name__}: "
        return Finding(name, False, kind + " ".join(str(error).split()))


def serve() -> None:
    """The app as `-m app` runs it, with two things an app of one's own may add: plug-ins, and work for child processes."""
    from app.core.config import settings
    from app.main import app

    plugins = settings.DATA_DIR / "plugins"
    sys.path.append(str(plugins))
    for path in sorted(plugins.glob("*.py")):
        app.include_router(importlib.import_module(path.stem).router)

    @app.get("/probe/children", tags=["probe"])
    def children() -> list[Any]:
        asked = [eval(CHILD)]  # noqa: S307 (our own text)
        for method in START_METHODS:
            with multiprocessing.get_context(method).Pool(1) as pool:
                asked.append(pool.apply(eval, (CHILD,)))
        return asked

    sys.argv = ["app"]
    runpy.run_module("app", run_name="__main__", alter_sys=True)


def print_value(what: str) -> None:
    """What a child process is asked by the probes: `prefix`, `authorities`, or the name and content of a file."""
    if what == "prefix":
        print(sys.prefix)
    elif what == "authorities":
        import ssl

        certificates: list[Any] = ssl.create_default_context().get_ca_certs()
        for found in certificates:
            print(dict(part[0] for part in found["subject"])["commonName"])
    else:
        print(Path(what).name, Path(what).read_text(), sep="\n")  # no encoding named, as in many a script


def main() -> int:
    """The command line; 1 when a probe failed."""
    parser = argparse.ArgumentParser(
        prog="unfrozen_probes", description="What people expect of an ordinary Python, tried on this one."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--packages", default="", metavar="'NAME==VERSION …'", help="what must be installed")
    parser.add_argument("--only", nargs="+", choices=list(PROBES), default=(), metavar="PROBE", help="not all of them")
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
        marks = {True: "ok", False: "FAILED", None: "not here"}
        for found in report.findings:
            print(f"{marks[found.passed]:>8}  {title(found.name)}: {found.detail}")
    return int(any(found.passed is False for found in report.findings))
