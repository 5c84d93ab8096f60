"""Stages trees of other systems for the cross-platform tests."""

import subprocess
import sys

from scripts.platforms.prerequisites import PrerequisiteMissingError
from scripts.project import ROOT

UNREACHABLE = 3
"""Exit status of `python3 -m runtime stage` if no source is reachable."""


def stage_tree(target: str) -> None:
    """Stage a target's tree unless it is up to date. Raises PrerequisiteMissingError, CalledProcessError."""
    command = [sys.executable, "-m", "runtime", "stage", "--target", target]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == UNREACHABLE:
        raise PrerequisiteMissingError(
            f"No source of the runtime for {target} is reachable: see docs/runtime.md, Sources."
        )
    if status:
        raise subprocess.CalledProcessError(status, command)
