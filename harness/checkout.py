"""Copies of this checkout, to be changed by a test."""

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
    reason="true of the template alone: an app made of it goes its own way",
)


@cache
def shell_facts() -> dict[str, Any]:
    """Constants of the shell, generated from its code: a test of the crate compares the two."""
    facts: dict[str, Any] = json.loads(
        (ROOT / "src-tauri/crates/tauri-plugin-python-backend/facts.json").read_text("utf-8")
    )
    return facts


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


def project_files() -> list[str]:
    """Every file that is the project's, committed or about to be."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def copy_project(made: Path) -> Path:
    """The project as it is now, without what is built."""
    for name in project_files():
        target = made / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return made


def link_build_outputs(checkout: Path) -> None:
    """Set up a copy: what is staged and installed is this checkout's."""
    (checkout / "build").symlink_to(ROOT / "build")
    (checkout / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy that is committed in a repository of its own."""
    made = copy_project(tmp_path / "checkout")
    git(made, "init", "-q")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "Template")
    return made
