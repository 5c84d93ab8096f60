"""`make migration` on a copy of the backend whose models were changed."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from runtime.app_source import AppSource

NULLABLE = "    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)\n"
NOT_NULLABLE = "    rank: int = 0\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    AppSource.read(ROOT).copy(tmp_path)
    return tmp_path


def add_field(package: Path, line: str) -> None:
    """Add a column to the user table."""
    models = package / "app" / "models" / "user.py"
    table = "class User(UserBase, table=True):\n"
    text = models.read_text("utf-8")
    assert table in text
    models.write_text(text.replace(table, table + line), "utf-8")


def migration(package: Path, name: str = "Add due date") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-B", str(ROOT / "scripts" / "run.py"), "scripts.codegen.migration"]
    return subprocess.run([*command, "--package", str(package), "--name", name], capture_output=True, text=True)


def versions(package: Path) -> list[Path]:
    return sorted((package / "app" / "alembic" / "versions").glob("*.py"))


def test_migration_is_generated_from_the_models_and_dry_run(package: Path) -> None:
    add_field(package, NULLABLE)
    before = versions(package)
    first = migration(package, 'Add "due date\\"')
    assert first.returncode == 0, first.stderr
    (written,) = set(versions(package)) - set(before)
    number = int(before[-1].name[:4]) + 1
    assert written.name == f"{number:04}_add_due_date.py"
    text = written.read_text("utf-8")
    assert text.startswith('"""Add \'due date/\'"""\n')
    assert f'down_revision: str | None = "{number - 1:04}"' in text
    assert 'add_column(sa.Column("due_at", sa.DateTime(), nullable=True))' in text
    assert "import app" not in text, "an unused import"
    again = migration(package)
    assert again.returncode == 1
    assert "already create what the models declare" in again.stderr
    assert len(versions(package)) == len(before) + 1


def test_not_null_column_without_default_is_refused(package: Path) -> None:
    add_field(package, NOT_NULLABLE)
    ran = migration(package)
    assert ran.returncode == 1
    assert "server_default" in ran.stderr
    assert "Traceback" not in ran.stderr
