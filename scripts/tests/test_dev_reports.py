"""Reports of `make dev` other than patches, without a window: failed requests, lint and type errors."""

import json
import os
import runpy
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.app import ROOT
from harness.waiting import wait_until
from scripts.hot_patch import __main__, checks, frames
from scripts.hot_patch.app import App
from scripts.hot_patch.checks import Check
from scripts.hot_patch.failed_requests import FailedRequests, LogFollower
from scripts.hot_patch.patch import Patcher
from scripts.hot_patch.watch import Watch

GENERATION = "a" * 64


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Notifications that the window receives."""
    notifications: list[dict[str, Any]] = []
    monkeypatch.setattr(
        App, "notify", lambda _, command, **parameters: notifications.append({"command": command} | parameters)
    )
    return notifications


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "checkout" / "app"
    package.mkdir(parents=True)
    (package / "routes.py").write_text("def read():\n    return 1 / 0\n")
    return package


@pytest.fixture
def app(tmp_path: Path, package: Path) -> App:
    """An app whose store has a generation with a copy of the package."""
    app = App(tmp_path / "data")
    generation = app.hot_dir / "store" / GENERATION / "app"
    generation.mkdir(parents=True)
    (generation / "routes.py").write_text((package / "routes.py").read_text())
    info = {"port": 9, "token": "", "key": {}, "interpreter": sys.executable, "api_path": ""}
    base = {"digest": "b" * 64, "source": str(tmp_path / "installed")}
    (app.hot_dir / "app.json").write_text(json.dumps(info | {"base": base}))
    (app.data_dir / "logs").mkdir()
    return app


def log_failed_request(app: App, error: str, source: Path, **fields: Any) -> None:
    """Write the log entry of a failed request, as the backend does."""
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/runtime/site-packages/fastapi/routing.py", line 7, in run\n    await call()\n'
        f'  File "{source}", line 2, in read\n    return 1 / 0\n           ~~^~~\n'
        '  File "/runtime/lib/numbers.py", line 3, in divide\n'
        f"{error}\n"
    )
    entry = {"level": "error", "message": "GET /items/ failed", "exception": traceback} | fields
    with (app.data_dir / "logs" / "fastapi.log").open("a") as file:
        file.write(json.dumps(entry) + "\n")


@pytest.mark.parametrize("ran", ["checkout/app", f"data/hot/store/{GENERATION}/app", "installed/app"])
def test_failed_request_is_reported_with_the_frame_in_the_checkout(
    app: App, package: Path, tmp_path: Path, notifications: list[dict[str, Any]], ran: str
) -> None:
    messages: list[str] = []
    failed = FailedRequests(app, package, messages.append)
    log_failed_request(app, "ZeroDivisionError: division by zero\n(more of the message)", tmp_path / ran / "routes.py")
    failed.poll()
    code = "" if ran == "installed/app" else "return 1 / 0"  # the file does not exist there
    location = f"{package.as_posix()}/routes.py:2{': ' * bool(code)}{code}"
    title = f"GET /items/ failed: ZeroDivisionError: division by zero ({location})"
    assert messages == [title]
    indented = f"\n    {code}" if code else ""
    text = f'File "{package}/routes.py", line 2, in read{indented}\nZeroDivisionError: division by zero'
    assert notifications == [{"command": "note", "name": "Failed request", "title": title, "text": text}]


def test_repeated_failure_is_reported_once_until_the_code_changes(
    app: App, package: Path, notifications: list[dict[str, Any]]
) -> None:
    messages: list[str] = []
    failed = FailedRequests(app, package, messages.append)
    for _ in range(3):
        log_failed_request(app, "ValueError: no", package / "routes.py")
    failed.poll()
    assert len(messages) == len(notifications) == 1
    failed.reset()
    assert notifications[-1] == {"command": "note", "name": "Failed request"}
    log_failed_request(app, "ValueError: no", package / "routes.py")
    failed.poll()
    assert len(messages) == 2


def test_unrelated_log_lines_are_not_failed_requests(
    app: App, package: Path, notifications: list[dict[str, Any]]
) -> None:
    messages: list[str] = []
    failed = FailedRequests(app, package, messages.append)
    log_failed_request(app, "ValueError: no", package / "routes.py", level="warning")
    with (app.data_dir / "logs" / "fastapi.log").open("a") as file:
        file.write('{"level": "error", "message": "The database failed"}\nnot JSON\n')
    failed.poll()
    assert not messages
    assert not notifications


def test_last_raised_exception_is_reported(package: Path) -> None:
    first = 'Traceback (most recent call last):\n  File "/a.py", line 1, in a\nKeyError: 1\n'
    second = f'Traceback (most recent call last):\n  File "{package}/routes.py", line 1, in b\nOSError: 2\n'
    between = "\nThe above exception was the direct cause of the following exception:\n\n"
    found = frames.parse(first + between + second, package, [])
    assert found
    assert found.title == f"OSError: 2 ({package}/routes.py:1: def read():)"
    assert frames.parse("no traceback", package, []) is None


def raised_by(path: Path, code: str) -> str:
    """Write the code and run it. Returns the traceback of its exception."""
    path.write_text(code)
    with pytest.raises(Exception) as raised:  # noqa: PT011 (any exception)
        runpy.run_path(str(path))
    return "".join(traceback.format_exception(raised.value))


def test_exception_of_a_group_is_reported_with_its_frame(package: Path) -> None:
    # as asyncio.TaskGroup raises it
    code = """
def fail(number):
    raise ValueError(f"no {number}")
errors = []
for number in range(2):
    try:
        fail(number)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup("outer", [ExceptionGroup("tasks", errors)])
"""
    path = package / "routes.py"
    found = frames.parse(raised_by(path, code), package, [])
    assert found
    assert found.title == f'ValueError: no 1 ({path}:3: raise ValueError(f"no {{number}}"))'
    without_frames = 'raise ExceptionGroup("outer", [ValueError("no frame")])'
    found = frames.parse(raised_by(path, without_frames), package, [])
    assert found
    assert found.title == f"ExceptionGroup: outer (1 sub-exception) ({path}:1: {without_frames})"


@pytest.mark.parametrize(
    "message", ["1 validation error:\n  {'type': 'missing'}", "1 validation error\nx\n  missing\ny\n"]
)
def test_first_line_of_the_message_is_the_title(package: Path, message: str) -> None:
    text = f'Traceback (most recent call last):\n  File "{package}/routes.py", line 2, in b\n    return 1 / 0\nE: {message}'
    found = frames.parse(text, package, [])
    assert found
    assert found.title == f"E: {message.splitlines()[0]} ({package}/routes.py:2: return 1 / 0)"


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


def test_lint_reports_a_problem_once_and_its_fix(
    saved: Path, tmp_path: Path, notifications: list[dict[str, Any]]
) -> None:
    messages: list[str] = []
    check = Check("Lint", checks.RUFF, checks.ruff_command, App(tmp_path), messages.append)
    for _ in range(2):
        check.check([saved])
    assert "1 problem\n" in messages[0]
    assert "F401" in messages[0]
    assert notifications[0]["title"] == "Lint: 1 problem"
    saved.write_text("")
    check.check([saved])
    assert messages[1:] == ["Lint: no problems"]
    assert notifications[1]["title"] is None


def test_mypy_command_names_the_configured_package() -> None:
    command = checks.mypy_command([])
    assert (ROOT / command[-1]).is_dir()
    assert "mypy" in command


def test_missing_tool_is_reported_with_its_install_command(
    saved: Path, tmp_path: Path, notifications: list[dict[str, Any]]
) -> None:
    messages: list[str] = []
    Check("Types", tmp_path / "mypy", checks.mypy_command, App(tmp_path), messages.append).check([saved])
    assert "mypy is missing. Add it to requirements-dev.lock" in messages[0]
    assert "runtime dev-tools" in messages[0]
    assert notifications == []


@pytest.fixture
def running_check(tmp_path: Path, notifications: list[dict[str, Any]]) -> Iterator[tuple[Check, list[str]]]:
    """A check in its thread. Its tool fails and prints its arguments."""
    messages: list[str] = []
    program = "import sys; print(*sys.argv[1:]); sys.exit(1)"
    command = [sys.executable, "-c", program]
    check = Check(
        "Lint", Path(sys.executable), lambda files: [*command, *map(str, files)], App(tmp_path), messages.append
    )
    stop_event = threading.Event()
    thread = threading.Thread(target=check.run, args=(stop_event,))
    thread.start()
    yield check, messages
    stop_event.set()
    thread.join()


def test_saved_file_is_checked_in_the_background(running_check: tuple[Check, list[str]], saved: Path) -> None:
    check, messages = running_check
    check.schedule([saved])
    wait_until(lambda: messages)
    assert "saved.py" in messages[0]


def test_problem_is_cleared_when_the_edit_is_undone(
    app: App, package: Path, notifications: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "mypy_command", lambda _: [sys.executable, "-c", ""])
    messages: list[str] = []
    monkeypatch.setattr(__main__, "log", messages.append)
    watch = Watch(Patcher(app, package.parent, log=messages.append))
    thread = threading.Thread(target=__main__.watch_with_reports, args=(watch,))
    thread.start()
    try:
        wait_until(lambda: watch.latest)
        before = (package / "routes.py").read_text()
        (package / "routes.py").write_text(f"import os\n\n\n{before}")
        wait_until(lambda: notifications)
        (package / "routes.py").write_text(before)
        wait_until(lambda: len(notifications) > 1)
    finally:
        watch.stop_event.set()
        thread.join()
    assert [(one["name"], one["title"]) for one in notifications] == [("Lint", "Lint: 1 problem"), ("Lint", None)]
    assert messages[-1] == "Lint: no problems"
