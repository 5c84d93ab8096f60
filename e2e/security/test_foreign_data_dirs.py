"""Data dirs that another user prepared: the backend does not start, and changes no file outside the data dir."""

import os
import sys
from pathlib import Path

import pytest

from harness.browser_backend import BrowserBackend

OTHER_UID = 12_345

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file owners and modes")
needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="needs root to change the owner of a file"
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def assert_start_fails(data_dir: Path, *, naming: str) -> None:
    event = BrowserBackend(data_dir).fail_to_start()
    assert event["event"] == "failed", event
    assert naming in event["message"], event
    assert "Traceback" not in event["message"]


@pytest.mark.parametrize(
    "name", ["app.lock", "secret_key", "config.json", "app.db", "app.db-wal", "logs", "logs/fastapi.log", "backups"]
)
def test_start_rejects_symlink_in_data_dir_and_leaves_target_unchanged(
    name: str, data_dir: Path, tmp_path: Path
) -> None:
    if Path(name).suffix or name == "secret_key":
        (victim := tmp_path / "victim").write_text("precious")
    else:
        (victim := tmp_path / "victim").mkdir()
    link = data_dir / name
    link.parent.mkdir(mode=0o700, exist_ok=True)
    link.symlink_to(victim)
    assert_start_fails(data_dir, naming=Path(name).name)
    assert link.is_symlink()
    if victim.is_file():
        assert victim.read_text() == "precious"
    else:
        assert list(victim.iterdir()) == []


@needs_root
@pytest.mark.parametrize("name", [".", "secret_key", "config.json"])
def test_start_rejects_data_dir_or_file_owned_by_another_user(name: str, data_dir: Path) -> None:
    foreign = data_dir / name
    if name == "config.json":
        foreign.write_text('{"HOST": "0.0.0.0"}')
    elif name == "secret_key":
        foreign.write_text("k" * 64)
    os.chown(foreign, OTHER_UID, OTHER_UID)
    assert_start_fails(data_dir, naming=str(OTHER_UID))


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_start_rejects_data_dir_writable_by_others(mode: int, data_dir: Path) -> None:
    (data_dir / "secret_key").write_text("k" * 64)
    data_dir.chmod(mode)
    assert_start_fails(data_dir, naming=str(data_dir))
