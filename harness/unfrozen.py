"""Runs the probes on the interpreter of a tree, directly or with a command prefix, or in a frozen program."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath

from harness.app import ROOT
from harness.unfrozen_probes.children import FLAGS
from harness.unfrozen_probes.suite import ProbeResult, Report
from runtime.targets import host_target, interpreter

PROBES = Path(__file__).with_name("unfrozen_probes")
LOCK = ROOT / "requirements.lock"
TIMEOUT_S = 280
"""Timeout of all probes together."""


def locked_versions() -> str:
    """Packages and versions in requirements.lock, for the option `--packages`."""
    return " ".join(re.findall(r"(?m)^[\w.-]+==[^\s\\]+", LOCK.read_text("utf-8")))


def probe_tree(
    tree: PurePath, *, prefix: Sequence[str] = (), probes: PurePath = PROBES, only: Sequence[str] = ()
) -> Report:
    """Run all probes, or those named in `only`, on the interpreter of a staged or installed tree.

    `prefix` is a command prefix such as `("chroot", "/srv/root")`. `tree` and `probes` (a copy of PROBES) are then paths in that root,
    which must have a folder for temporary files. Raises RuntimeError if the command prints no report.
    """
    options = ["--only", *only] if only else []
    return run_probes([*prefix, str(tree / interpreter(host_target())), *FLAGS, str(probes)], *options)


def probe_frozen(program: Path) -> Report:
    """Run all probes in a program built from proof/frozen_app.py. Raises RuntimeError if the command prints no report."""
    # A frozen program does not delete its unpacked files if a probe kills it.
    with tempfile.TemporaryDirectory(prefix="frozen-") as folder:
        return run_probes([str(program), "probes"], TMPDIR=folder)


def run_probes(command: Sequence[str], *options: str, **variables: str) -> Report:
    """Run a command that executes the probes, and parse its report. Raises RuntimeError if the command prints no report."""
    inherited = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ
    }
    result = subprocess.run(
        [*command, "--json", "--packages", locked_versions(), *options],
        env=inherited | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )
    try:
        report = json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(
            f"{command[0]} printed no report (exit status {result.returncode}): {result.stderr}"
        ) from None
    return Report(**report | {"results": [ProbeResult(**found) for found in report["results"]]})
