"""Stages the tree of another system for cross-platform tests."""

import subprocess
import sys

from scripts.platforms.prerequisites import PrerequisiteMissingError
from scripts.project import ROOT

UNREACHABLE = 3
"""Exit status of `python3 -m runtime stage` when no source answers."""


def stage_tree(target: str) -> None:
    """Stage a target's tree, if anything changed. Raises PrerequisiteMissingError, CalledProcessError."""
    staging = [sys.executable, "-m", "runtime", "stage", "--target", target]
    status = subprocess.run(staging, cwd=ROOT, check=False).returncode
    if status == UNREACHABLE:
        raise PrerequisiteMissingError(
            f"No source of the runtime for {target} can be reached: see docs/runtime.md, Sources."
        )
    if status:
        raise subprocess.CalledProcessError(status, staging)
