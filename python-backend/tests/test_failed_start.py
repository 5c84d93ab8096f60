"""A failed start reports its reason in one `failed` event, exits with status 1 and changes no data."""

import shutil
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.accounts import PASSWORD
from tests.backend_process import Launch, copy_source, needs_signals, overwrite_table


def test_failed_start_is_reported_after_stdin_was_closed(launch: Launch) -> None:
    backend = launch(wait=False, LOG_LEVEL="loud")
    assert backend.stop() == 1
    backend.read_event()
    assert backend.events[0]["code"] == "config_invalid"


@needs_signals
def test_failed_start_exits_with_1_despite_signal_or_closed_stdin(
    launch: Launch, listening_socket: socket.socket
) -> None:
    for end in (signal.SIGTERM, None):
        backend = launch("--port", str(listening_socket.getsockname()[1]))
        if end:
            backend.process.send_signal(end)
        assert (backend.events[0]["code"], backend.stop()) == ("port_taken", 1)


def test_start_fails_when_code_cannot_be_imported(launch: Launch, tmp_path: Path) -> None:
    broken = tmp_path / "source"
    copy_source(broken)
    (broken / "app" / "main.py").write_text("import nowhere_to_be_found\n")
    backend = launch(source=broken)
    assert backend.events[0]["code"] == "import_failed"
    assert "nowhere_to_be_found" in backend.events[0]["message"]
    assert backend.wait() == 1
    assert "Traceback" in "".join(backend.log)


def test_start_fails_when_port_is_taken(launch: Launch, listening_socket: socket.socket) -> None:
    backend = launch("--port", str(listening_socket.getsockname()[1]))
    assert backend.events[0]["code"] == "port_taken"
    assert str(listening_socket.getsockname()[1]) in backend.events[0]["message"]
    assert backend.wait() == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "nowhere.invalid", "a" * 100])
def test_start_fails_when_host_is_not_a_local_address(launch: Launch, host: str) -> None:
    backend = launch("--host", host)
    assert backend.events[0]["code"] == "address_unavailable"
    assert "HOST" in backend.events[0]["message"]
    assert "another port" not in backend.events[0]["message"]
    assert backend.wait() == 1


def test_start_fails_when_listen_fd_is_not_a_socket(launch: Launch) -> None:
    backend = launch("--listen-fd", "77")
    assert backend.events[0]["code"] == "address_unavailable"
    assert "LISTEN_FD" in backend.events[0]["message"]
    assert backend.wait() == 1


def test_start_fails_when_handover_record_is_invalid(launch: Launch) -> None:
    backend = launch(HANDOVER_ON_STDIN="true", wait=False)
    assert backend.process.stdin
    backend.process.stdin.write('handover {"socket": "not a record", "lock": null}\n')
    backend.process.stdin.flush()
    backend.read_event()
    assert backend.events[0]["code"] == "address_unavailable"
    assert "HANDOVER_ON_STDIN" in backend.events[0]["message"]
    assert backend.wait() == 1


SMALL_DISK = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=$DISK tmpfs "$DATA_DIR" && exec "$0" "$@"')
"""Runs a command with a private tmpfs of size $DISK as its data dir."""


@pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="needs unshare and user namespaces to mount a tmpfs",
)
@pytest.mark.parametrize("size", ["8k", "64k"], ids=["immediately", "while the database is created"])
def test_start_fails_when_disk_is_full(launch: Launch, tmp_path: Path, size: str) -> None:
    (tmp_path / "data").mkdir()
    backend = launch(command_prefix=SMALL_DISK, DISK=size)
    assert backend.events[0]["code"] == "disk_full", "".join(backend.log)
    assert backend.wait() == 1


def test_start_fails_when_data_dir_is_a_file(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    backend = launch(data_dir=tmp_path / "file")
    assert backend.events[0]["code"] == "data_dir_unwritable"
    assert "is a file and must be a folder" in backend.events[0]["message"]
    assert "Errno" not in backend.events[0]["message"]
    assert backend.wait() == 1
    assert "Traceback" not in "".join(backend.log)
    assert (tmp_path / "file").read_text() == "content"


def test_start_fails_when_setting_is_invalid(launch: Launch) -> None:
    backend = launch("--port", "many")
    assert (backend.events[0]["code"], backend.wait()) == ("config_invalid", 1)
    assert "PORT" in backend.events[0]["message"]


def test_start_fails_when_database_file_is_not_sqlite(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "app.db").write_bytes(b"not a database" * 1000)
    backend = launch()
    assert (backend.events[0]["code"], backend.wait()) == ("database_unusable", 1)
    assert (tmp_path / "data" / "app.db").read_bytes() == b"not a database" * 1000


def test_start_fails_when_database_is_damaged(launch: Launch, tmp_path: Path) -> None:
    launch().stop()
    path = tmp_path / "data" / "app.db"
    content = overwrite_table(path, "user")
    backend = launch()
    assert (backend.events[-1]["code"], backend.wait()) == ("database_unusable", 1)
    assert "Restore a backup" in backend.events[-1]["message"]
    assert path.read_bytes() == content


@pytest.mark.parametrize("column", ["created_at", "id"])
def test_start_fails_when_a_value_of_the_first_superuser_is_damaged(
    launch: Launch, tmp_path: Path, column: str
) -> None:
    launch("--auth-required", FIRST_SUPERUSER_PASSWORD=PASSWORD).stop()
    with closing(sqlite3.connect(tmp_path / "data" / "app.db")) as database, database:
        database.execute(f"UPDATE user SET {column} = 'x'")
    backend = launch("--auth-required")
    assert (backend.events[-1]["code"], backend.wait()) == ("database_unusable", 1)
    assert "Restore a backup" in backend.events[-1]["message"]
    assert "Traceback" not in "".join(backend.log)


def test_start_fails_when_database_has_a_newer_schema(launch: Launch, tmp_path: Path) -> None:
    launch().stop()
    path = tmp_path / "data" / "app.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = path.read_bytes()
    backend = launch()
    assert (backend.events[0]["code"], backend.wait()) == ("database_newer", 1)
    assert path.read_bytes() == before
