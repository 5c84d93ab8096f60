"""Executes the guides docs/new-entity.md and docs/remove-items.md in a copy of the project."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.checkout import git, link_build_outputs, template_only
from harness.guide import apply_guide

pytestmark = [pytest.mark.timeout(900), template_only]


@pytest.fixture
def project(checkout: Path) -> Path:
    """A copy with this checkout's build outputs and installed packages."""
    link_build_outputs(checkout)
    return checkout


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_new_entity_guide_creates_a_working_entity_from_table_to_page(project: Path, host_python: str) -> None:
    files = apply_guide(ROOT / "docs" / "new-entity.md", project)
    python = [sys.executable, "-I", "-B", "-X", "utf8", "scripts/run.py", "scripts.setup.with_dev_tools"]
    frontend = project / "frontend"
    bun = [host_python, str(project / "scripts" / "run.py"), "scripts.setup.bun", "run"]

    run(project, sys.executable, "-I", "-B", "scripts/run.py", "scripts.codegen.openapi")
    run(frontend, *bun, "generate-client")
    assert "up to date" in run(project, host_python, "scripts/run.py", "scripts.codegen.rust_client"), (
        "the guide says that no Java is needed"
    )
    run(frontend, *bun, "generate-routes")

    backend = project / "python-backend"
    tests = backend / "tests"
    run(project, *python, "-m", "pytest", "-q", str(tests), "-k", "notes or openapi or (generated and notes)")
    run(project, *python, "-m", "pytest", "-q", str(tests / "test_migrate.py"), str(tests / "test_layers.py"))
    run(project, *python, "-m", "ruff", "check", "--no-cache", "python-backend")
    run(project, *python, "-m", "ruff", "format", "--check", "--no-cache", "python-backend")

    run(frontend, *bun, "typecheck")
    run(frontend, *bun, "lint")
    run(frontend, *bun, "test", "src/features/notes")

    generated = {"frontend/openapi.json", "frontend/src/routeTree.gen.ts"}
    changed = set(git(project, "status", "--porcelain", "-uall").splitlines())
    names = {line[3:] for line in changed} - {"build", "frontend/node_modules"}
    assert {name for name in names if not name.startswith("frontend/src/client/")} == {*files, *generated}


def test_app_starts_when_items_are_removed(project: Path, host_python: str) -> None:
    apply_guide(ROOT / "docs" / "new-entity.md", project)
    apply_guide(ROOT / "docs" / "remove-items.md", project)
    python = [sys.executable, "-I", "-B", "-X", "utf8", "scripts/run.py", "scripts.setup.with_dev_tools"]
    frontend = project / "frontend"
    bun = [host_python, str(project / "scripts" / "run.py"), "scripts.setup.bun", "run"]

    run(project, sys.executable, "-I", "-B", "scripts/run.py", "scripts.codegen.openapi")
    run(frontend, *bun, "generate-client")
    run(frontend, *bun, "generate-routes")
    run(project, *python, "-m", "ruff", "check", "--no-cache", "--select", "I", "--fix-only", "python-backend")
    run(project, *python, "-m", "ruff", "check", "--no-cache", "python-backend/app")
    run(project, *python, "-m", "ruff", "format", "--check", "--no-cache", "python-backend/app")
    tests = project / "python-backend" / "tests"
    names = ("test_notes.py", "test_layers.py", "test_launch.py", "test_log.py")
    run(project, *python, "-m", "pytest", "-q", *(str(tests / name) for name in names))

    run(frontend, *bun, "format")
    run(frontend, *bun, "typecheck")
    run(frontend, *bun, "lint")
    run(frontend, *bun, "test", "src/features/auth", "src/features/notes", "src/engine")
    assert (
        run(project, "git", "diff", "--stat", "HEAD", "--", "frontend/src/engine", "frontend/src/features/auth") == ""
    )
