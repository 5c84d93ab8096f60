"""docs/add-to-your-app.md and `scripts.engine add`, without network and compiler. `make test-slow` executes the complete guide."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.guide import apply_block, blocks
from runtime.app_source import AppSource
from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.engine.add import add_engine
from scripts.engine.lock import edited_files, read_lock
from scripts.engine.parts import EngineError, installed_parts
from scripts.project import ROOT

GUIDE = (ROOT / "docs" / "add-to-your-app.md").read_text("utf-8")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The files of create-tauri-app that the engine edits."""
    shell = tmp_path / "my app" / "src-tauri"
    (shell / "capabilities").mkdir(parents=True)
    windows = [{"title": "my-app", "width": 800, "height": 600}]
    config = {"productName": "my-app", "version": "0.1.0", "app": {"windows": windows, "security": {"csp": None}}}
    (shell / "tauri.conf.json").write_text(json.dumps(config))
    (shell / "capabilities" / "default.json").write_text('{"windows": ["main"], "permissions": ["core:default"]}')
    (shell / "Cargo.toml").write_text('[package]\nname = "my-app"\n\n[dependencies]\ntauri = "2"\n')
    (shell.parent / ".gitignore").write_text("node_modules\n")
    return shell.parent


def test_guide_has_at_most_eight_steps_and_each_block_runs_or_names_a_file() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\.", GUIDE, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) <= 8
    assert all(language == "sh" or re.match(r"(#|//) \S+\n", code) for language, code in blocks(GUIDE))


def test_added_engine_is_configured_recorded_and_equal_to_the_templates(app: Path) -> None:
    add_engine(ROOT, app)
    parts = installed_parts(app)
    assert "ui" not in parts
    assert all(part.files(app) == part.files(ROOT) for part in parts.values())
    assert set(read_lock(app)) == set(parts)
    assert edited_files(app, parts) == []

    config = json.loads((app / "src-tauri" / "tauri.conf.json").read_text())
    assert config["plugins"]["python-backend"]["module"] == AppSource.read(app).module == "main:app"
    assert [window["create"] for window in config["app"]["windows"]] == [False]
    assert "http://127.0.0.1:*" in config["app"]["security"]["csp"]["connect-src"]
    manifest = tomllib.loads((app / "src-tauri" / "Cargo.toml").read_text())
    crate = manifest["dependencies"]["tauri-plugin-python-backend"]["path"]
    assert (app / "src-tauri" / crate / "Cargo.toml").is_file()
    assert "python-backend:default" in (app / "src-tauri" / "capabilities" / "default.json").read_text()
    assert "/build/" in (app / ".gitignore").read_text().splitlines()


def test_commands_of_the_engine_start_in_an_app_without_the_template(app: Path) -> None:
    add_engine(ROOT, app)
    for language, code in blocks(GUIDE):
        if language in {"python", "text"}:
            apply_block(language, code, app)
    assert [path.name for path in AppSource.read(app).files() if path.parent == app / "python-backend"] == ["main.py"]
    for command in ("runtime", "scripts.engine", "scripts.hot_patch"):
        ran = subprocess.run(
            [sys.executable, *CONTRACT_FLAGS, app / "scripts" / "run.py", command, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, ""), command


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src-tauri/tauri.conf.json", "{ // JSON5\n}"),
        ("src-tauri/Cargo.toml", "[package]\n"),
        ("src-tauri/capabilities/default.json", None),
    ],
)
def test_app_whose_configuration_cannot_be_edited_is_refused_unchanged(app: Path, name: str, text: str | None) -> None:
    (app / name).unlink() if text is None else (app / name).write_text(text)
    before = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    with pytest.raises(EngineError, match=re.escape(name)):
        add_engine(ROOT, app)
    assert {path: path.read_bytes() for path in app.rglob("*") if path.is_file()} == before


def test_engine_is_not_added_twice(app: Path) -> None:
    add_engine(ROOT, app)
    with pytest.raises(EngineError, match=r"scripts\.engine upgrade"):
        add_engine(ROOT, app)


@pytest.mark.parametrize("name", ["requirements-dev.lock", "scripts/run.py", "scripts/hot_patch/app.py"])
def test_engine_that_would_overwrite_a_file_is_refused_without_changes(app: Path, name: str) -> None:
    (app / name).parent.mkdir(parents=True, exist_ok=True)
    (app / name).write_text("the app's own")
    before = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    with pytest.raises(EngineError, match=re.escape(name)):
        add_engine(ROOT, app)
    assert {path: path.read_bytes() for path in app.rglob("*") if path.is_file()} == before
