"""Runs `make rename` on a copy of the working tree."""

import os
import subprocess
import sys
from pathlib import Path

PRODUCT, IDENTIFIER = "Zäune + Tore", "org.example.zaeune-tore"


def run_rename(checkout: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run scripts.rename in a copy, with extra environment variables."""
    command = [sys.executable, "-B", str(checkout / "scripts" / "run.py"), "scripts.rename", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


def rename_app(checkout: Path, product: str, identifier: str) -> str:
    """Rename the copy and return the standard output. Raises AssertionError if the command fails."""
    result = run_rename(checkout, "--name", product, "--id", identifier)
    assert result.returncode == 0, result.stderr
    return result.stdout
