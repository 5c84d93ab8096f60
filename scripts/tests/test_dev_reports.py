"""What `make dev` reports in addition to patches: failed requests, lint and types. Without a window."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.app import ROOT
from harness.waiting import wait_until
from scripts.hot_patch import checks, frames
from scripts.hot_patch.app import App
from scripts.hot_patch.checks import Check
from scripts.hot_patch.failed_requests import FailedRequests, LogFollower

GENERATION = "a" * 64


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the window receives."""
    noted: list[dict[str, Any]] = []
    monkeypatch.setattr(App, "notify", lambda _, do, **more: noted.append({"do": do} | more))
    return noted


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "checkout" / "app"
    package.mkdir(parents=True)
    (package / "routes.py").write_text("def read():\n    return 1 / 0\n")
    return package


@pytest.fixture
def app(tmp_path: Path, package: Path) -> App:
    """With a generation in its store that is a copy of the package."""
    app = App(tmp_path / "data")
    generation = app.hot / "store" / GENERATION / "app"
    generation.mkdir(parents=True)
    (generation / "routes.py").write_text((package / "routes.py").read_text())
    about = {"port": 9, "token": "", "key": {}, "interpreter": sys.executable, "api_path": ""}
    base = {"digest": "b" * 64, "source": str(tmp_path / "installed")}
    (app.hot / "app.json").write_text(json.dumps(about | {"base": base}))
    (app.data_dir / "logs").mkdir()
    return app


def log(app: App, error: str, source: Path, **more: Any) -> None:
    """Write what the backend logs of a request that failed."""
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/runtime/site-packages/fastapi/routing.py", line 7, in run\n    await call()\n'
        f'  File "{source}", line 2, in read\n    return 1 / 0\n           ~~^~~\n'
        '  File "/runtime/lib/numbers.py", line 3, in divide\n'
        f"{error}\n"
    )
    entry = {"level": "error", "message": "GET /items/ failed", "exception": traceback} | more
    with (app.data_dir / "logs" / "fastapi.log").open("a") as file:
        file.write(json.dumps(entry) + "\n")


@pytest.mark.parametrize("ran", ["checkout/app", f"data/hot/store/{GENERATION}/app", "installed/app"])
def test_failed_request_is_reported_with_the_frame_in_the_checkout(
    app: App, package: Path, tmp_path: Path, noted: list[dict[str, Any]], ran: str
) -> None:
    said: list[str] = []
    failed = FailedRequests(app, package, said.append)
    log(app, "ZeroDivisionError: division by zero\n(more of the message)", tmp_path / ran / "routes.py")
    failed.look()
    code = "" if ran == "installed/app" else "return 1 / 0"  # no such file there to read the line from
    place = f"{package.as_posix()}/routes.py:2{': ' * bool(code)}{code}"
    title = f"GET /items/ failed: ZeroDivisionError: division by zero ({place})"
    assert said == [title]
    indented = f"\n    {code}" if code else ""
    text = f'File "{package}/routes.py", line 2, in read{indented}\nZeroDivisionError: division by zero'
    assert noted == [{"do": "note", "name": "Failed request", "title": title, "text": text}]


def test_repeated_failure_is_reported_once_until_the_code_changes(
    app: App, package: Path, noted: list[dict[str, Any]]
) -> None:
    said: list[str] = []
    failed = FailedRequests(app, package, said.append)
    for _ in range(3):
        log(app, "ValueError: no", package / "routes.py")
    failed.look()
    assert len(said) == len(noted) == 1
    failed.forget()
    assert noted[-1] == {"do": "note", "name": "Failed request"}
    log(app, "ValueError: no", package / "routes.py")
    failed.look()
    assert len(said) == 2


def test_unrelated_log_lines_are_not_failed_requests(app: App, package: Path, noted: list[dict[str, Any]]) -> None:
    said: list[str] = []
    failed = FailedRequests(app, package, said.append)
    log(app, "ValueError: no", package / "routes.py", level="warning")
    with (app.data_dir / "logs" / "fastapi.log").open("a") as file:
        file.write('{"level": "error", "message": "The database failed"}\nnot JSON\n')
    failed.look()
    assert not said
    assert not noted


def test_last_raised_exception_is_reported(package: Path) -> None:
    first = 'Traceback (most recent call last):\n  File "/a.py", line 1, in a\nKeyError: 1\n'
    second = f'Traceback (most recent call last):\n  File "{package}/routes.py", line 1, in b\nOSError: 2\n'
    between = "\nThe above exception was the direct cause of the following exception:\n\n"
    found = frames.parse(first + between + second, package, [])
    assert found
    assert found.title == f"OSError: 2 ({package}/routes.py:1: def read():)"
    assert frames.parse("no traceback", package, []) is None


def test_failed_requests_are_read_across_log_rotation(tmp_path: Path) -> None:
    path = tmp_path / "logs.log"
    path.write_text("before\n")
    follower = LogFollower(path)
    with path.open("a") as file:
        file.write("one\ntw")
    assert list(follower.read()) == ["one\n"]
    with path.open("a") as file:
        file.write("o\n")
    assert list(follower.read()) == ["two\n"]
    os.replace(path, tmp_path / "logs.log.1")
    assert list(follower.read()) == []
    path.write_text("three\n")
    assert list(follower.read()) == ["three\n"]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "saved.py"
    file.write_text("import os\n")
    return file


def test_lint_reports_a_problem_once_and_its_fix(saved: Path, tmp_path: Path, noted: list[dict[str, Any]]) -> None:
    said: list[str] = []
    check = Check("Lint", checks.lint, App(tmp_path), said.append)
    for _ in range(2):
        check.check([saved])
    assert "1 problem\n" in said[0]
    assert "F401" in said[0]
    assert noted[0]["title"] == "Lint: 1 problem"
    saved.write_text("")
    check.check([saved])
    assert said[1:] == ["Lint: no problems"]
    assert noted[1]["title"] is None


def test_types_command_names_the_configured_package() -> None:
    command = checks.types([])
    assert (ROOT / command[-1]).is_dir()
    assert "mypy" in command


def test_missing_tool_is_reported_with_its_install_command(
    saved: Path, tmp_path: Path, noted: list[dict[str, Any]]
) -> None:
    said: list[str] = []
    Check("Lint", lambda _: [str(tmp_path / "absent")], App(tmp_path), said.append).check([saved])
    assert "runtime dev-tools" in said[0]
    assert noted == []


@pytest.fixture
def running(tmp_path: Path, noted: list[dict[str, Any]]) -> Iterator[tuple[Check, list[str]]]:
    """A check in its thread, whose tool fails with the names it was given."""
    said: list[str] = []
    program = "import sys; print(*sys.argv[1:]); sys.exit(1)"
    check = Check("Lint", lambda files: [sys.executable, "-c", program, *map(str, files)], App(tmp_path), said.append)
    over = threading.Event()
    thread = threading.Thread(target=check.run, args=(over,))
    thread.start()
    yield check, said
    over.set()
    thread.join()


def test_saved_file_is_checked_in_the_background(running: tuple[Check, list[str]], saved: Path) -> None:
    check, said = running
    check.saved([saved])
    wait_until(lambda: said)
    assert "saved.py" in said[0]
