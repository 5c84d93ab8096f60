"""Runs the probes: on a tree's interpreter, directly or through another command, or in a frozen program."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath

from harness.app import ROOT
from harness.unfrozen_probes.children import FLAGS
from harness.unfrozen_probes.suite import Finding, Report
from runtime.targets import host_target, interpreter

PROBES = Path(__file__).with_name("unfrozen_probes")
LOCK = ROOT / "requirements.lock"
TIMEOUT_S = 280
"""How long all probes may take."""


def locked() -> str:
    """What the lock names, as the probes' option takes it."""
    return " ".join(re.findall(r"(?m)^[\w.-]+==[^\s\\]+", LOCK.read_text("utf-8")))


def probe_tree(
    tree: PurePath, *, prefix: Sequence[str] = (), probes: PurePath = PROBES, only: Sequence[str] = ()
) -> Report:
    """What the interpreter of a staged or installed tree shows, by all probes or by `only` some.

    `prefix` goes before the interpreter, such as `("chroot", "/srv/root")`; `tree` and `probes` (a copy of PROBES) are then
    paths as they are in there. It needs a folder for temporary files. Raises RuntimeError if there is no report.
    """
    some = ["--only", *only] if only else []
    return run_probes([*prefix, str(tree / interpreter(host_target())), *FLAGS, str(probes)], *some)


def probe_frozen(program: Path) -> Report:
    """What a program of proof/frozen_app.py shows. Raises RuntimeError if there is no report."""
    # A killed frozen program, as in a probe, leaves its unpacked files.
    with tempfile.TemporaryDirectory(prefix="frozen-") as folder:
        return run_probes([str(program), "probes"], TMPDIR=folder)


def run_probes(command: Sequence[str], *options: str, **variables: str) -> Report:
    """The report of a command that runs the probes. Raises RuntimeError if there is none."""
    inherited = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ
    }
    done = subprocess.run(
        [*command, "--json", "--packages", locked(), *options],
        env=inherited | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )
    try:
        report = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"{command[0]} gave no report (exit status {done.returncode}): {done.stderr}") from None
    return Report(**report | {"findings": [Finding(**found) for found in report["findings"]]})
