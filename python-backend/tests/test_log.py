import errno
import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

import jwt
import pytest

from app.models import DEFAULT_USER_ID
from backend_host import log
from tests.backend_process import Launch


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_log_is_rotated_and_oldest_file_deleted(
    tmp_path: Path, root_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_FILE_BYTES", 1_000)
    log.configure(tmp_path, "info")
    for number in range(200):
        root_logger.info("line %d", number)
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["fastapi.log", "fastapi.log.1", "fastapi.log.2"]
    assert "line 199" in (tmp_path / "logs" / "fastapi.log").read_text()
    assert all((tmp_path / "logs" / name).stat().st_size <= 1_000 for name in files)


def test_records_below_the_level_are_dropped(tmp_path: Path, root_logger: logging.Logger) -> None:
    log.configure(tmp_path, "warning")
    root_logger.info("quiet")
    root_logger.warning("loud")
    text = (tmp_path / "logs" / "fastapi.log").read_text()
    assert "loud" in text
    assert "quiet" not in text


def test_log_file_has_one_json_object_per_record(tmp_path: Path, root_logger: logging.Logger) -> None:
    log.configure(tmp_path, "info")
    root_logger.info("two\nlines, ünïcödé, a lone \ud800 and %s", "an argument")
    try:
        raise ValueError("why")
    except ValueError:
        root_logger.exception("It failed")
    logged, failed = lines_of(tmp_path)
    assert (logged["level"], logged["message"]) == ("info", "two\nlines, ünïcödé, a lone \ud800 and an argument")
    assert datetime.fromisoformat(logged["time"]).tzinfo is not None
    assert "ValueError: why" in failed["exception"]


def test_control_characters_of_clients_are_escaped_on_stderr(
    tmp_path: Path, root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(tmp_path, "info")
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        root_logger.exception("two\nlines\tand \x1b[2J \x9b2J \x7f %s", "\r\x08")
    logged = capsys.readouterr().err
    assert "two\nlines\tand \\x1b[2J \\x9b2J \\x7f \\x0d\\x08" in logged
    assert "ValueError: \\x1b]0;title\\x07" in logged


def test_request_id_is_in_access_log_and_response(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        response = client.get("items/", headers={"X-Request-ID": "from-the-client.1"})
        generated = client.get("items/").headers["x-request-id"]
        replaced = client.get("items/", headers={"X-Request-ID": "x" * 65}).headers["x-request-id"]
        refused = client.get("items/", headers={"X-Launch-Token": "wrong"}).headers["x-request-id"]
        long_request = client.request("G" * 1_000, "x" * 50_000, headers={"X-Forwarded-For": "y" * 1_000})
    backend.stop()
    assert response.headers["x-request-id"] == "from-the-client.1"
    assert len({generated, replaced, refused, "x" * 65}) == 4
    lines = lines_of(tmp_path / "data")
    access = [line["request_id"] for line in lines if line["logger"] == "uvicorn.access"]
    assert access == ["from-the-client.1", generated, replaced, refused, long_request.headers["x-request-id"]]
    assert all(len(line["message"]) < 4 * log.MAX_ACCESS_FIELD_LENGTH for line in lines)
    assert "yyy" not in str(lines), "without a proxy X-Forwarded-For is ignored"
    assert any(line["logger"] == "uvicorn.error" for line in lines)
    assert any(" INFO uvicorn.access " in line for line in backend.log), "stderr has plain text"


def test_log_contains_no_secrets_and_no_user_data(launch: Launch, tmp_path: Path) -> None:
    password, key = "pass-word-of-mine", "signing-key-signing-key-signing-key"
    backend = launch("--log-level", "debug", FIRST_SUPERUSER_PASSWORD=password, SECRET_KEY=key, AUTH_REQUIRED="true")
    bearer = jwt.encode({"sub": str(DEFAULT_USER_ID), "exp": 2**32}, key, algorithm="HS256")
    with backend.client() as client:
        client.headers["Authorization"] = f"Bearer {bearer}"
        client.post("items/", json={"title": "diary entry"}).raise_for_status()
        assert client.post("items/", json={"title": ["diary entry"]}).status_code == 422
        assert client.get("items/?search=diary+entry").status_code == 200
        assert client.get(f"items/?token={backend.token}").status_code == 200
        with closing(sqlite3.connect(tmp_path / "data" / "app.db")) as database:
            database.execute("DROP TABLE item")
        assert client.post("items/", json={"title": "diary entry"}).status_code == 500
    backend.stop()
    text = (tmp_path / "data" / "logs" / "fastapi.log").read_text("utf-8") + "".join(backend.log)
    assert "no such table: item" in text
    assert '"GET /api/v1/items/ HTTP/1.1" 200' in "".join(backend.log)
    for secret in (password, key, bearer, backend.token, "diary entry", "diary+entry"):
        assert secret not in text


def lines_of(data_dir: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (data_dir / "logs" / "fastapi.log").read_text("ascii").splitlines()]


class FullDisk(io.StringIO):
    full = True

    def flush(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_is_reported_once_until_a_record_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = log._file_handler(tmp_path / "fastapi.log")
    assert isinstance(handler, RotatingFileHandler)
    disk = FullDisk()
    if stream := handler.setStream(disk):  # type: ignore[arg-type]
        stream.close()
    record = logging.makeLogRecord({"msg": "x"})
    for _ in range(3):
        handler.handle(record)
    line = f"Writing the log {tmp_path / 'fastapi.log'} failed: No space left on device\n"
    assert capsys.readouterr().err == line
    disk.full = False
    handler.handle(record)
    assert capsys.readouterr().err == ""
    disk.full = True
    handler.handle(record)
    assert capsys.readouterr().err == line
    disk.full = False
    handler.close()
