"""Checks of the data dir: owner, permissions, links and path length."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core import config
from backend_host import log
from backend_host.data import data_dir, data_lock, files
from backend_host.database.backup import BackupReason
from backend_host.database.backup import list_files as backup_files
from backend_host.errors import ConfigError, DataDirError, DataDirNotPrivateError
from backend_host.launch import flags
from backend_host.settings import config_file, sources
from tests.backend_process import Launch, needs_modes

pytestmark = pytest.mark.desktop

OTHER_UID = 54_321
"""Id of a user that does not exist."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A private data dir with files of the app."""
    folder = tmp_path / "data"
    for name in (
        "app.db",
        "app.db-wal",
        "secret_key",
        "config.json",
        "app.lock",
        "logs/fastapi.log",
        "backups/app-x.db",
    ):
        (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).touch(0o600)
    folder.chmod(0o700)
    return folder


def change_owner(path: Path) -> int:
    """Change the owner of `path` if running as root, and return a user id that is not its owner."""
    if os.geteuid():
        return OTHER_UID
    os.chown(path, OTHER_UID, -1, follow_symlinks=False)
    return 0


@needs_modes
def test_private_data_dir_is_accepted(folder: Path) -> None:
    data_dir.require_private(folder)
    folder.chmod(0o755)  # the start restricts read permission later, with a warning
    data_dir.require_private(folder)
    data_dir.require_private(folder / "missing")
    link = folder.with_name("link")
    link.symlink_to(folder)
    data_dir.require_private(link)


@needs_modes
@pytest.mark.parametrize(
    "name", ["", "secret_key", "config.json", "app.db", "logs", "logs/fastapi.log", "backups/app-x.db"]
)
def test_foreign_owner_is_rejected_with_chown_command(folder: Path, name: str) -> None:
    user = change_owner(folder / name)
    with pytest.raises(DataDirNotPrivateError, match=r"belongs to .*sudo chown -R \S+ /"):
        data_dir.require_private(folder, user)


@needs_modes
def test_files_of_root_are_accepted(folder: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root to change the owner of a file")
    os.chown(folder, OTHER_UID, -1)
    for path in (folder, *folder.rglob("*")):
        if path.name != "secret_key":
            os.chown(path, OTHER_UID, -1)
    data_dir.require_private(folder, OTHER_UID)


@needs_modes
@pytest.mark.parametrize("mode", [0o702, 0o777, 0o1777, 0o720])
@pytest.mark.parametrize("name", ["", "logs", "backups"])
def test_writable_folder_with_content_is_rejected(
    folder: Path, name: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_dir, "_is_user_private_group", lambda *_: False)
    (folder / name).chmod(mode)
    with pytest.raises(DataDirNotPrivateError, match=rf"chmod -R go-rwx {re.escape(str(folder / name))}"):
        data_dir.require_private(folder)
    assert (folder / name).stat().st_mode & 0o7777 == mode, "nothing was changed"


@needs_modes
def test_writable_empty_folder_is_restricted_to_owner(tmp_path: Path) -> None:
    empty = tmp_path / "data"
    empty.mkdir()
    empty.chmod(0o777)
    data_dir.require_private(empty)
    assert empty.stat().st_mode & 0o777 == 0o700


@needs_modes
def test_file_system_without_permissions_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "data"
    empty.mkdir()
    empty.chmod(0o777)
    monkeypatch.setattr(os, "chmod", lambda *_, **__: None)
    with pytest.raises(DataDirNotPrivateError, match="has no permissions"):
        data_dir.require_private(empty)


@needs_modes
def test_user_private_group_is_accepted(folder: Path) -> None:
    os.chown(folder, -1, os.getgid())
    if not data_dir._is_user_private_group(os.getgid(), os.geteuid()):
        pytest.skip("this user has no user private group")
    for path in (folder, folder / "secret_key"):
        path.chmod(path.stat().st_mode | 0o020)
    data_dir.require_private(folder)


@needs_modes
def test_missing_group_or_user_is_rejected() -> None:
    assert not data_dir._is_user_private_group(OTHER_UID, os.geteuid())
    assert not data_dir._is_user_private_group(os.getgid(), OTHER_UID)


@needs_modes
@pytest.mark.parametrize(
    ("group", "members", "primary", "private"),
    [
        ("ada", [], 1_000, True),
        ("ada", ["ada"], 1_000, True),
        ("ada", ["ada", "eve"], 1_000, False),
        ("staff", [], 1_000, False),
        ("ada", [], 1_001, False),
    ],
)
def test_user_private_group_is_primary_with_name_of_user_and_no_other_member(
    monkeypatch: pytest.MonkeyPatch, group: str, members: list[str], primary: int, private: bool
) -> None:
    import grp
    import pwd

    account = pwd.struct_passwd(("ada", "x", 1_000, primary, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: account)
    monkeypatch.setattr(grp, "getgrgid", lambda _: grp.struct_group((group, "x", 1_000, members)))
    assert data_dir._is_user_private_group(1_000, 1_000) is private


@needs_modes
def test_writable_parent_is_rejected_unless_sticky(folder: Path) -> None:
    folder.parent.chmod(0o777)
    with pytest.raises(DataDirNotPrivateError, match=f"chmod go-w {folder.parent}"):
        data_dir.require_private(folder)
    folder.parent.chmod(0o1777)
    data_dir.require_private(folder)


@needs_modes
def test_parent_that_is_a_file_is_not_reported_as_writable() -> None:
    data_dir.require_private_parents(Path("/dev/null/share/app"))


@needs_modes
@pytest.mark.parametrize("mode", [0o602, 0o666])
@pytest.mark.parametrize("name", ["secret_key", "app.db-wal", "logs/fastapi.log", "backups/app-x.db"])
def test_writable_file_is_rejected(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    with pytest.raises(DataDirNotPrivateError, match=f"chmod go-rwx {folder / name}"):
        data_dir.require_private(folder)


APP_FILES = [
    "app.db",
    "app.db-wal",
    "secret_key",
    "config.json",
    "app.lock",
    "server.json",
    "logs",
    "backups",
    "logs/shell.log",
]


@needs_modes
@pytest.mark.parametrize("name", APP_FILES)
def test_symlink_instead_of_file_is_rejected(folder: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.symlink_to(elsewhere)
    with pytest.raises(DataDirNotPrivateError, match=f"{path} is a link to {elsewhere}"):
        data_dir.require_private(folder)


@needs_modes
def test_hard_link_is_rejected_except_of_a_backup(folder: Path, tmp_path: Path) -> None:
    os.link(folder / "backups" / "app-x.db", tmp_path / "elsewhere.db")
    data_dir.require_private(folder)
    os.link(folder / "secret_key", tmp_path / "elsewhere")
    with pytest.raises(DataDirNotPrivateError, match="hard links"):
        data_dir.require_private(folder)


def run_suggested_command(data_dir_: Path) -> str:
    """Run the command that the error message suggests, and return the message."""
    with pytest.raises(DataDirNotPrivateError) as raised:
        data_dir.require_private(data_dir_)
    message = str(raised.value)
    command = re.split(r"[Rr]un: |with a copy: ", message)[1].partition(". ")[0]
    subprocess.run(["sh", "-ec", command], check=True)
    return message


@needs_modes
@pytest.mark.parametrize("name", ["data", "two words; it's"])
def test_suggested_chmod_covers_all_writable_files(folder: Path, name: str) -> None:
    folder = folder.rename(folder.with_name(name))
    for path in ("app.db", "secret_key", "logs/fastapi.log", "backups/app-x.db"):
        (folder / path).chmod(0o666)
    assert "(and 3 more)" in run_suggested_command(folder)
    data_dir.require_private(folder)


@needs_modes
@pytest.mark.parametrize("name", ["data", "two words; it's"])
def test_suggested_copy_covers_all_hard_links(folder: Path, name: str) -> None:
    folder = folder.rename(folder.with_name(name))
    (folder / "secret_key").write_text("precious")
    shutil.copytree(folder, folder.with_name("snapshot"), copy_function=os.link)  # cp -al
    assert "hard links" in run_suggested_command(folder)
    data_dir.require_private(folder)
    assert (folder / "secret_key").read_text() == "precious"
    assert not list(folder.rglob("*.copy"))


@needs_modes
def test_suggested_command_replaces_symlink_with_its_target(folder: Path) -> None:
    moved = (folder / "app.db").rename(folder.with_name("big disk.db"))
    (folder / "app.db").symlink_to(moved)
    run_suggested_command(folder)
    data_dir.require_private(folder)


@needs_modes
def test_error_of_writable_data_dir_names_file_systems_without_permissions(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.raises(DataDirNotPrivateError, match="FAT, exFAT, NTFS"):
        data_dir.require_private(folder)


@needs_modes
def test_fifo_instead_of_file_is_rejected(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    with pytest.raises(DataDirNotPrivateError, match="not a regular file"):
        data_dir.require_private(folder)


@needs_modes
def test_files_of_other_programs_are_ignored(folder: Path, tmp_path: Path) -> None:
    (folder / "holiday.jpg").symlink_to(tmp_path)
    (folder / "notes.txt").touch()
    (folder / "notes.txt").chmod(0o666)
    data_dir.require_private(folder)


@needs_modes
def test_file_deleted_during_the_check_is_skipped(folder: Path) -> None:
    def files() -> Iterator[Path]:
        yield (temporary := folder / "backups" / "app-x.partial")
        temporary.unlink()
        yield folder / "backups" / "app-y.partial"  # renamed before the check
        yield folder / "app.db"

    (folder / "backups" / "app-x.partial").touch(0o600)
    data_dir._require_private_files(files(), os.geteuid())
    (folder / "app.db").chmod(0o666)
    (folder / "backups" / "app-x.partial").touch(0o600)
    with pytest.raises(DataDirNotPrivateError, match=r"app\.db can be written"):
        data_dir._require_private_files(files(), os.geteuid())


@needs_modes
def test_server_mode_checks_config_json_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://app@localhost/app")
    folder.chmod(0o777)
    sources._check_data_dir(folder / "config.json")
    (folder / "config.json").chmod(0o666)
    with pytest.raises(DataDirNotPrivateError):
        sources._check_data_dir(folder / "config.json")


def open_lock(path: Path) -> None:
    data_lock.acquire(path.parent, "a test")


OPENERS: dict[str, Callable[[Path], object]] = {
    "app.lock": open_lock,
    "logs/fastapi.log": lambda path: log._file_handler(path),
    "config.json": lambda path: files.read_private(path),
}


@needs_modes
@pytest.mark.parametrize("name", OPENERS)
def test_files_are_not_opened_through_symlinks(folder: Path, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / name).unlink()
    (folder / name).symlink_to(victim)
    with pytest.raises((DataDirNotPrivateError, OSError)):
        OPENERS[name](folder / name)
    assert victim.read_text() == "precious"


@needs_modes
def test_write_private_does_not_follow_symlink_at_temporary_path(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f"config.json.{os.getpid()}.tmp").symlink_to(victim)
    config_file.write(tmp_path / "config.json", {"LOG_LEVEL": "debug"})
    assert victim.read_text() == "precious"
    assert config_file.read(tmp_path / "config.json") == ({"LOG_LEVEL": "debug"}, None)


def test_dangling_link_is_reported_with_its_target(tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(tmp_path / "disk" / "app")
    message = f"{tmp_path / 'data'} links to {tmp_path / 'disk' / 'app'}, which does not exist. Mount its disk"
    for path in (tmp_path / "data", tmp_path / "data" / "deeper"):
        with pytest.raises(DataDirError, match=re.escape(message)):
            data_dir.require_usable(path)


def test_circular_links_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DataDirError, match="links back to it"):
        data_dir.require_usable(tmp_path / "a" / "data")


@needs_modes
@pytest.mark.parametrize(("target", "fault"), [("file/folder", "Not a directory"), ("n" * 256, "File name too long")])
def test_link_with_unusable_target_is_reported_with_the_reason(tmp_path: Path, target: str, fault: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "data").symlink_to(target)
    for path in (tmp_path / "data", tmp_path / "data" / "deeper"):
        with pytest.raises(DataDirError, match=f"data links to {target}, which can't be used: {fault}"):
            data_dir.require_usable(path)


@pytest.mark.parametrize("name", ["n" * 256, pytest.param("ä" * 128, marks=needs_modes)])
@pytest.mark.parametrize("parent", [".", "missing"])
def test_name_over_file_system_limit_is_rejected(tmp_path: Path, name: str, parent: str) -> None:
    for path in (tmp_path / parent / name, tmp_path / parent / name / "deeper"):
        with pytest.raises(DataDirError, match=r"too long: 256 .+ limit is 255"):
            data_dir.require_usable(path)
    data_dir.require_usable(tmp_path / parent / ("n" * 255))


def long_path(parent: Path, length: int) -> Path:
    while (room := length - len(str(parent))) > 201:
        parent = parent / ("d" * min(200, room - 102))
    return parent / ("d" * (room - 1))


@needs_modes
def test_path_over_sqlite_limit_is_rejected(tmp_path: Path) -> None:
    data_dir.require_usable(long_path(tmp_path, data_dir.MAX_BYTES))
    with pytest.raises(DataDirError, match=rf"{data_dir.MAX_BYTES + 1} bytes. The limit is {data_dir.MAX_BYTES}"):
        data_dir.require_usable(long_path(tmp_path, data_dir.MAX_BYTES + 1))


@needs_modes
def test_short_link_to_path_over_sqlite_limit_is_rejected(tmp_path: Path) -> None:
    target = long_path(tmp_path, data_dir.MAX_BYTES + 1)
    target.mkdir(parents=True)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(DataDirError, match="too long"):
        data_dir.require_usable(tmp_path / "link")


@needs_modes
def test_longest_accepted_path_works(launch: Launch, tmp_path: Path) -> None:
    folder = long_path(tmp_path, data_dir.MAX_BYTES)
    with launch(data_dir=folder).client() as client:
        backup = client.post("backups/").json()
        client.post(f"backups/{backup['name']}/restore").raise_for_status()
    assert {path.name.partition("-")[2].partition("-")[2] for path in backup_files(folder / "backups")} == {
        f"{reason}.db" for reason in (BackupReason.MANUAL, BackupReason.RESTORE)
    }


@needs_modes
def test_name_that_is_not_utf8_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(DataDirError, match=r"caf\\xe9 is not UTF-8"):
        data_dir.require_usable(tmp_path / os.fsdecode(b"caf\xe9"))


@needs_modes
def test_home_of_unknown_user_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(flags.parsed, "DATA_DIR", "~unknown-user/data")
    with pytest.raises(ConfigError, match="does not name a user"):
        config.sources.config_path()


@needs_modes
@pytest.mark.parametrize("kind", ["not private", "parent not private", "missing", "not UTF-8"])
def test_start_fails_before_reading_or_writing_the_data_dir(launch: Launch, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / (os.fsdecode(b"caf\xe9") if kind == "not UTF-8" else "data")
    if kind == "not private":
        folder.mkdir()
        (folder / "config.json").write_text('{"HOST": "0.0.0.0", "LOG_LEVEL": "nonsense"}')
        folder.chmod(0o777)
    elif kind == "parent not private":
        tmp_path.chmod(0o777)
    elif kind == "missing":
        folder.symlink_to(tmp_path / "disk")
    before = sorted(tmp_path.rglob("*"))
    backend = launch(data_dir=folder)
    code = "data_dir_not_private" if "not private" in kind else "data_dir_unwritable"
    assert (backend.events[0]["code"], backend.wait()) == (code, 1)
    assert "Traceback" not in "".join(backend.log)
    assert sorted(tmp_path.rglob("*")) == before
