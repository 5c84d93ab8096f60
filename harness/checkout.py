"""Copies of this checkout that tests may change."""

import json
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness.app import IDENTIFIER, ROOT

template_only = pytest.mark.skipif(
    not sha256(IDENTIFIER.encode()).hexdigest().startswith("33ca2143d3f21412"),
    reason="applies to the template only, not to apps created from it",
)


@cache
def shell_constants() -> dict[str, Any]:
    """Constants of the shell from constants.json, which a test of the crate compares with the code."""
    constants: dict[str, Any] = json.loads(
        (ROOT / "src-tauri/crates/tauri-plugin-python-backend/constants.json").read_text("utf-8")
    )
    return constants


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` and return its standard output. Raises CalledProcessError."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


def project_files() -> list[str]:
    """Paths of all files that are committed or untracked and not ignored."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def copy_project(target_dir: Path) -> Path:
    """Copy the working tree without build outputs."""
    for name in project_files():
        target = target_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return target_dir


def link_build_outputs(checkout: Path) -> None:
    """Link build/ and node_modules of this checkout into a copy."""
    (checkout / "build").symlink_to(ROOT / "build")
    (checkout / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project, committed in a new Git repository."""
    copy = copy_project(tmp_path / "checkout")
    git(copy, "init", "-q")
    git(copy, "add", "-A")
    git(copy, "commit", "-q", "-m", "Template")
    return copy
