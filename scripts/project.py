"""Paths of the checkout. Runs on Python 3.7 and newer."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = str(ROOT / "scripts" / "run.py")
"""Runs a module of the project from any folder: `[interpreter, RUN, "scripts.setup.bun", *arguments]`."""
