"""`make rename PROOF=remove`: a copy without proof/ passes the checks that remain."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.checkout import git, link_build_outputs
from harness.renaming import rename_app, run_rename
from scripts.rename.remove_proof import PATHS

PRODUCT, IDENTIFIER = "Field Notes", "org.example.field-notes"
"""Names that differ from those in harness/renaming.py, because a test of the renamed copy rejects the app's names in harness/."""

DEV_TOOLS = [sys.executable, "-I", "-B", "-X", "utf8", "scripts/run.py", "scripts.setup.with_dev_tools", "-m"]


def run(checkout: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(600)
def test_app_without_proof_passes_the_remaining_checks(checkout: Path) -> None:
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, RENAME_PROOF="remove")
    assert done.returncode == 0, done.stderr
    assert [path for path in PATHS if (checkout / path).exists()] == []
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "App")
    link_build_outputs(checkout)
    help_text = run(checkout, "make", "--no-print-directory", "help")
    assert "make rename" in help_text
    assert "make bench" not in help_text
    run(checkout, *DEV_TOOLS, "ruff", "check", "--no-cache", "python-backend", "runtime", "scripts", "harness", "e2e")
    tests = ["scripts/tests/test_docs.py", "scripts/tests/test_layers.py", "scripts/tests/test_test_all.py"]
    run(checkout, *DEV_TOOLS, "pytest", "-q", *tests)
    assert "proof" not in run(checkout, *DEV_TOOLS[:6], "scripts.testing.test_all", "--help")


def test_rename_keeps_proof_unless_removal_is_chosen(checkout: Path) -> None:
    rename_app(checkout, PRODUCT, IDENTIFIER)
    assert (checkout / "proof" / "Makefile").is_file()


def test_dry_run_lists_what_removal_would_delete(checkout: Path) -> None:
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--proof", "remove", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert [path for path in PATHS if f"\n  {path}\n" not in done.stdout] == []
    assert git(checkout, "status", "--porcelain") == ""
