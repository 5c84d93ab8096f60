"""`make upgrade-engine` on a small project: two parts, two versions."""

from pathlib import Path

import pytest

from scripts.engine.lock import LOCK_FILE, read_lock, write_lock
from scripts.engine.parts import PARTS_FILE, EngineError, read_parts
from scripts.engine.source import engine_source
from scripts.engine.upgrade import upgrade
from scripts.tests.conftest import git

PARTS = """
[host]
path = "backend/host"

[runtime]
path = "runtime"
keep = ["pins.json"]
"""


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app on engine 1.0.0, committed, with its engine recorded."""
    root = put(
        tmp_path / "an app's",
        {
            PARTS_FILE: PARTS,
            "backend/host/CHANGELOG.md": "# Changelog\n\n## 1.0.0\n\n- First.\n",
            "backend/host/serve.py": "serve = 1\n",
            "backend/host/old/gone.py": "gone = 1\n",
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
    """The engine's next version, as a folder without git."""
    return put(
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


def refused(app: Path, source: Path, message: str) -> str:
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
    assert upgrade(app, template) == [], "the recorded engine is the new one"


@pytest.mark.parametrize(
    ("edit", "shown"),
    [
        ({"backend/host/serve.py": "serve = 'edited'\n"}, "+serve = 'edited'"),
        ({"backend/host/plugin.py": "added = 'here'\n"}, "+added = 'here'"),
    ],
)
def test_edited_engine_is_refused_with_its_diff(app: Path, template: Path, edit: dict[str, str], shown: str) -> None:
    put(app, edit)
    commit(app)
    message = refused(app, template, "The engine was edited here")
    assert shown in message
    assert next(iter(edit)) in message


def test_deleted_engine_file_is_refused(app: Path, template: Path) -> None:
    (app / "runtime/stage.py").unlink()
    commit(app)
    assert "-stage = 1" in refused(app, template, "runtime/stage.py")


def test_upgrade_requires_a_clean_checkout(app: Path, template: Path) -> None:
    put(app, {"notes.txt": "not committed"})
    refused(app, template, "uncommitted changes")


def test_older_engine_is_refused(app: Path, template: Path) -> None:
    put(template, {"runtime/CHANGELOG.md": "## 0.9.0\n"})
    refused(app, template, "older than the installed 1.0.0")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({PARTS_FILE: "[host\n"}, "is damaged"),
        ({PARTS_FILE: "host = 1\n"}, "is damaged"),
        ({"runtime/CHANGELOG.md": "no version\n"}, "no heading with a version"),
    ],
)
def test_damaged_source_is_refused(app: Path, template: Path, changed: dict[str, str], message: str) -> None:
    put(template, changed)
    refused(app, template, message)


def test_a_folder_without_an_engine_is_refused(app: Path, tmp_path: Path) -> None:
    refused(app, tmp_path, "no project with an engine")


def test_missing_lock_names_the_command_that_writes_it(app: Path, template: Path) -> None:
    git(app, "rm", "-q", LOCK_FILE)
    commit(app)
    refused(app, template, "make rename")


def test_damaged_lock_is_refused(app: Path, template: Path) -> None:
    put(app, {LOCK_FILE: "{}}"})
    commit(app)
    refused(app, template, "damaged")


def test_engine_comes_from_a_git_ref(app: Path, template: Path) -> None:
    git(template, "init", "-q")
    commit(template)
    git(template, "tag", "v1.1.0")
    put(template, {"backend/host/serve.py": "serve = 'later'\n"})
    commit(template)
    with engine_source(str(template), "v1.1.0") as source:
        upgrade(app, source)
    assert (app / "backend/host/serve.py").read_text("utf-8") == "serve = 2\n"
    with pytest.raises(EngineError, match="Check FROM and REF"), engine_source(str(template), "v9"):
        pass


def test_an_address_is_never_read_as_an_option(tmp_path: Path) -> None:
    with pytest.raises(EngineError), engine_source("--upload-pack=touch pwned", None):
        pass
    with pytest.raises(EngineError), engine_source("ext::touch pwned", None):
        pass
    assert not list(tmp_path.rglob("pwned"))


def test_a_part_can_be_added_and_removed(app: Path, template: Path) -> None:
    put(
        template,
        {PARTS_FILE: PARTS.replace("runtime", "ui", 1).replace('"runtime"', '"ui"'), "ui/CHANGELOG.md": "## 2.0.0\n"},
    )
    by_name = {change.part.name: change for change in upgrade(app, template)}
    assert (by_name["ui"].old, by_name["ui"].new) == (None, (2, 0, 0))
    assert by_name["runtime"].new is None
    assert not (app / "runtime/stage.py").exists()
    assert read_lock(app).keys() == {"host", "ui"}
