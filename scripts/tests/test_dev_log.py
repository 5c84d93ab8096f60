"""Lines of the app's log that `make dev` shows."""

from scripts.dev.terminal_log import TerminalLog

SHELL = "[2026-11-30][02:23:20][app_shell::hot]"
BACKEND = "[2026-11-30][02:23:20][backend][INFO]"
TIME = "2026-11-30T02:23:23.769Z"


def shown(*lines: str) -> list[str]:
    log = TerminalLog()
    return [line for it in lines if (line := log.format_line(it)) is not None]


def test_terminal_log_omits_info_and_shows_warnings() -> None:
    assert (
        shown(
            f"{SHELL}[INFO] code f04c serves after 108 ms",
            f"{BACKEND} {TIME} INFO uvicorn.error Started server process [1423]",
            f'{BACKEND} {TIME} INFO uvicorn.access 127.0.0.1:42936 - "GET /api/v1/items/ HTTP/1.1" 200',
        )
        == []
    )
    warning = f"{SHELL}[WARN] killing the backend"
    assert shown(warning, f"{BACKEND} {TIME} WARNING app.x slow") == [warning, f"{TIME} WARNING app.x slow"]


def test_terminal_log_shows_app_output_and_lines_of_other_programs() -> None:
    assert shown(f"{BACKEND} here", "  VITE ready", "") == ["here", "  VITE ready", ""]


def test_terminal_log_omits_traceback_and_causes_of_logged_errors() -> None:
    traceback = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in a',
        "    1 / 0",
        "ZeroDivisionError: no",
    ]
    chain = ["", "The above exception was the direct cause of the following exception:", ""]
    error = f"{TIME} ERROR app.core.unanswered GET /items/ failed"
    lines = [f"{BACKEND} {it}" for it in [error, *traceback, *chain, *traceback, "printed after it"]]
    assert shown(*lines) == [error, "printed after it"]


def test_terminal_log_omits_exception_groups_of_logged_errors() -> None:
    group = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "a.py", line 1, in a',
        "  | ExceptionGroup: tasks (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        "    | ValueError: no",
        "    +------------------------------------",
    ]
    error = f"{TIME} ERROR app.core.unanswered GET /items/ failed"
    warning = f"{TIME} WARNING app.x slow"
    assert shown(*(f"{BACKEND} {it}" for it in [error, *group, warning])) == [error, warning]


def test_terminal_log_omits_indented_lines_of_the_message_of_a_logged_error() -> None:
    traceback = ["Traceback (most recent call last):", '  File "a.py", line 1, in a', "E: 1 validation error:"]
    message = ["  {'type': 'missing'}", "", '  File "a.py", line 1, in a', "    GET /items"]
    error = f"{TIME} ERROR app.core.unanswered GET /items/ failed"
    lines = [f"{BACKEND} {it}" for it in [error, *traceback, *message, "printed after it", "  indented"]]
    assert shown(*lines) == [error, "printed after it", "  indented"]


def test_terminal_log_shows_the_traceback_of_a_failed_start() -> None:
    lines = ["Traceback (most recent call last):", '  File "a.py", line 1, in a', "RuntimeError: at import"]
    assert shown(f"{BACKEND} {TIME} INFO app.server Serving", *(f"{BACKEND} {it}" for it in lines)) == lines
