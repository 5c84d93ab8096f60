"""`make upgrade-engine` on a small project with two parts and two versions."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.checkout import copy_project, git, link_build_outputs, template_only
from harness.guide import apply_guide
from harness.renaming import IDENTIFIER, PRODUCT, rename_app
from scripts.engine.lock import LOCK_FILE, read_lock, write_lock
from scripts.engine.parts import PARTS_FILE, EngineError, read_parts
from scripts.engine.source import engine_source
from scripts.engine.upgrade import upgrade

PARTS = """
[host]
path = "backend/host"

[runtime]
path = "runtime"
keep = ["pins.json"]
"""


def write_files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app on engine 1.0.0, committed, with its engine recorded."""
    root = write_files(
        tmp_path / "an app's",
        {
            PARTS_FILE: PARTS,
            "backend/host/CHANGELOG.md": "# Changelog\n\n## 1.0.0\n\n- First.\n",
            "backend/host/serve.py": "serve = 1\n",
            "backend/host/old/removed.py": "removed = 1\n",
            "backend/app/main.py": "the app's own\n",
            "runtime/CHANGELOG.md": "## 1.0.0\n",
            "runtime/stage.py": "stage = 1\n",
            "runtime/pins.json": "the app's pins\n",
        },
    )
    git(root, "init", "-q")
    write_lock(root)
    commit(root)
    return root


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The next version of the engine, in a folder without git."""
    return write_files(
        tmp_path / "template",
        {
            PARTS_FILE: PARTS,
            "backend/host/CHANGELOG.md": "# Changelog\n\n## 1.1.0\n\n- Second.\n\n## 1.0.0\n\n- First.\n",
            "backend/host/serve.py": "serve = 2\n",
            "backend/host/new/added.py": "added = 2\n",
            "backend/host/__pycache__/serve.pyc": "cache",
            "backend/app/main.py": "the template's\n",
            "runtime/CHANGELOG.md": "## 1.0.0\n",
            "runtime/stage.py": "stage = 1\n",
            "runtime/pins.json": "the template's pins\n",
        },
    )


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "App")


def expect_refusal(app: Path, source: Path, message: str) -> str:
    before = git(app, "status", "--porcelain")
    with pytest.raises(EngineError, match=message) as raised:
        upgrade(app, source)
    assert git(app, "status", "--porcelain") == before
    return str(raised.value)


def test_upgrade_replaces_engine_files_and_no_others(app: Path, template: Path) -> None:
    changed, unchanged = upgrade(app, template)
    assert (changed.part.name, changed.old, changed.new) == ("host", (1, 0, 0), (1, 1, 0))
    assert changed.changes == "## 1.1.0\n\n- Second."
    assert unchanged.changes == ""
    assert read_parts(app)["host"].files(app) == read_parts(template)["host"].files(template)
    assert not (app / "backend/host/old").exists()
    assert not (app / "backend/host/__pycache__").exists()
    assert (app / "backend/app/main.py").read_text("utf-8") == "the app's own\n"
    assert (app / "runtime/pins.json").read_text("utf-8") == "the app's pins\n"
    assert not list(app.rglob(".*.new"))
    commit(app)
    assert upgrade(app, template) == [], "engine.lock records the new engine"


def test_upgrade_adds_no_missing_optional_part_and_leaves_other_files(app: Path, template: Path) -> None:
    additional_parts = """
[ui]
path = "frontend/engine"
optional = true

[commands]
path = "scripts"
only = ["CHANGELOG.md", "engine"]
"""
    engine = {PARTS_FILE: PARTS + additional_parts, "scripts/CHANGELOG.md": "## 1.0.0\n"}
    write_files(
        template, engine | {"frontend/engine/CHANGELOG.md": "## 1.0.0\n", "scripts/build.py": "the template's\n"}
    )
    write_files(app, engine | {"scripts/build.py": "the app's\n"})
    write_lock(app)
    commit(app)
    upgrade(app, template)
    assert not (app / "frontend").exists()
    assert (app / "scripts/build.py").read_text("utf-8") == "the app's\n"
    assert set(read_lock(app)) == {"host", "runtime", "commands"}


@pytest.mark.parametrize(
    ("edit", "shown"),
    [
        ({"backend/host/serve.py": "serve = 'edited'\n"}, "+serve = 'edited'"),
        ({"backend/host/plugin.py": "added = 'here'\n"}, "+added = 'here'"),
    ],
)
def test_edited_engine_is_refused_with_its_diff(app: Path, template: Path, edit: dict[str, str], shown: str) -> None:
    write_files(app, edit)
    commit(app)
    message = expect_refusal(app, template, "The engine was edited here")
    assert shown in message
    assert next(iter(edit)) in message


def test_deleted_engine_file_is_refused(app: Path, template: Path) -> None:
    (app / "runtime/stage.py").unlink()
    commit(app)
    assert "-stage = 1" in expect_refusal(app, template, "runtime/stage.py")


def test_upgrade_requires_a_clean_checkout(app: Path, template: Path) -> None:
    write_files(app, {"notes.txt": "not committed"})
    expect_refusal(app, template, "uncommitted changes")


def test_older_engine_is_refused(app: Path, template: Path) -> None:
    write_files(template, {"runtime/CHANGELOG.md": "## 0.9.0\n"})
    expect_refusal(app, template, "older than the installed 1.0.0")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({PARTS_FILE: "[host\n"}, "is damaged"),
        ({PARTS_FILE: "host = 1\n"}, "is damaged"),
        ({"runtime/CHANGELOG.md": "no version\n"}, "no heading with a version"),
    ],
)
def test_damaged_source_is_refused(app: Path, template: Path, changed: dict[str, str], message: str) -> None:
    write_files(template, changed)
    expect_refusal(app, template, message)


def test_folder_without_an_engine_is_refused(app: Path, tmp_path: Path) -> None:
    expect_refusal(app, tmp_path, "not a project with an engine")


def test_missing_lock_names_the_command_that_writes_it(app: Path, template: Path) -> None:
    git(app, "rm", "-q", LOCK_FILE)
    commit(app)
    expect_refusal(app, template, "make rename")


def test_damaged_lock_is_refused(app: Path, template: Path) -> None:
    write_files(app, {LOCK_FILE: "{}}"})
    commit(app)
    expect_refusal(app, template, "damaged")


def test_engine_comes_from_a_git_ref(app: Path, template: Path) -> None:
    git(template, "init", "-q")
    commit(template)
    git(template, "tag", "v1.1.0")
    write_files(template, {"backend/host/serve.py": "serve = 'later'\n"})
    commit(template)
    with engine_source(str(template), "v1.1.0") as source:
        upgrade(app, source)
    assert (app / "backend/host/serve.py").read_text("utf-8") == "serve = 2\n"
    with pytest.raises(EngineError, match="Check FROM and REF"), engine_source(str(template), "v9"):
        pass


def test_engine_url_is_never_parsed_as_an_option(tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    for address in (f"--upload-pack=touch {pwned}", f"ext::touch {pwned}"):
        with pytest.raises(EngineError), engine_source(address, None):
            pass
    assert not pwned.exists()


def test_part_can_be_added_and_removed(app: Path, template: Path) -> None:
    write_files(
        template,
        {PARTS_FILE: PARTS.replace("runtime", "ui", 1).replace('"runtime"', '"ui"'), "ui/CHANGELOG.md": "## 2.0.0\n"},
    )
    by_name = {change.part.name: change for change in upgrade(app, template)}
    assert (by_name["ui"].old, by_name["ui"].new) == (None, (2, 0, 0))
    assert by_name["runtime"].new is None
    assert not (app / "runtime/stage.py").exists()
    assert read_lock(app).keys() == {"host", "ui"}


@template_only
def test_renamed_app_with_its_own_entity_is_upgraded_across_two_versions(
    checkout: Path, tmp_path: Path, host_python: str
) -> None:
    rename_app(checkout, PRODUCT, IDENTIFIER)
    apply_guide(ROOT / "docs" / "new-entity.md", checkout)
    commit(checkout)
    parts = read_parts(checkout)
    engine = tuple(f"{part.path}/" for part in parts.values())
    own = {name: (checkout / name).read_bytes() for name in tracked(checkout) if not name.startswith(engine)}
    for number in (1, 2):
        source = copy_project(tmp_path / f"engine-{number}")
        for part in parts.values():
            changelog = source / part.path / "CHANGELOG.md"
            new = f"{number}.0.0"
            changelog.write_text(f"# Changelog\n\n## {new}\n\n- Change {number}.\n\n## 0.1.0\n", "utf-8")
            (source / part.path / f"added_{number}.txt").write_text(new, "utf-8")
        command = [host_python, "-E", "-s", "-m", "scripts.engine", "upgrade", "--from", str(source), "--skip-tests"]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        for name, part in parts.items():
            assert f"{name} ({part.path}): " in done.stdout
            assert part.files(checkout) == part.files(source), name
        assert done.stdout.count(f"- Change {number}.") == len(parts)
        commit(checkout)
    after = {name: (checkout / name).read_bytes() for name in own}
    assert [name for name in own if own[name] != after[name]] == ["engine.lock"]

    link_build_outputs(checkout)
    tests = checkout / "python-backend" / "tests"
    python = [
        sys.executable,
        "-I",
        "-B",
        "-X",
        "utf8",
        "scripts/run.py",
        "scripts.setup.with_dev_tools",
        "-m",
        "pytest",
        "-q",
    ]
    subprocess.run([*python, str(tests / "test_layers.py"), str(tests / "test_notes.py")], cwd=checkout, check=True)


def tracked(root: Path) -> list[str]:
    return [name for name in git(root, "ls-files", "-z").split("\0") if name]
