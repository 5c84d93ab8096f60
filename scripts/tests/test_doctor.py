"""`make doctor` on simulated machines and data dirs."""

import dataclasses
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.app import ROOT
from runtime.integrity.manifest import hash_tree, write_manifest
from runtime.integrity.stamp import read_stamp
from runtime.project import Project
from runtime.targets import host_target
from scripts.app_names import read_names
from scripts.dev.data_health import health
from scripts.setup import doctor
from scripts.setup.machine import SYSTEMS, tools

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the simulated machines use shell scripts and XDG folders"
)


class Machine:
    """A simulated machine: a home folder, and a PATH with only the programs that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.home, self.bin = folder / "user", folder / "bin"
        self.home.mkdir()
        self.bin.mkdir()
        self.data = self.home / ".local" / "share" / read_names(ROOT).identifier
        for tool in tools():
            self.put(tool.programs[0].split()[0], "echo 99.1.2")

    def put(self, name: str, script: str) -> None:
        program = self.bin / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def run(
        self, *arguments: str, python: str = sys.executable, pretend: str = "pass"
    ) -> "subprocess.CompletedProcess[str]":
        run = str(ROOT / "scripts" / "run.py")
        code = f"import runpy, sys; {pretend}; sys.argv.insert(1, 'scripts.setup.doctor'); runpy.run_path({run!r}, run_name='__main__')"
        return subprocess.run(
            [python, "-B", "-S", "-c", code, *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.home), "LAUNCH_TOKEN": "s3cret-token"},
            capture_output=True,
            text=True,
            check=False,
        )

    def report(self, status: int = 0) -> Any:
        done = self.run("--json")
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def database(machine: Machine) -> Iterator[Path]:
    """A database with a WAL file, as of a running app."""
    machine.data.mkdir(parents=True)
    path = machine.data / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0003')")
        connection.execute("CREATE TABLE filler (text TEXT)")
        connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 500,)] * 200)
        connection.execute("CREATE INDEX by_text ON filler (text)")
        connection.commit()
        yield path


def test_doctor_reports_ok_on_a_complete_machine(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("No problems found.\n")
    assert "none yet" in done.stdout


def test_missing_tools_are_listed_with_install_commands_for_each_system(machine: Machine) -> None:
    (machine.bin / "cargo").unlink()
    machine.put("node", "echo v18.20.1")
    report = machine.report(status=1)
    states = {tool["name"]: tool for tool in report["tools"]}
    assert (states["Rust"]["state"], states["Node.js"]["state"]) == ("missing", "too old")
    assert states["Node.js"]["version"] == "18.20.1"
    assert set(states["Rust"]["install"]) == set(SYSTEMS)
    output = machine.run().stdout
    assert states["Rust"]["install"][report["machine"]["system_family"] or "debian"] in output
    assert "Problems found" in output


NO_TOOLCHAIN = "echo 'rustup 1.29.0 could not choose a version of cargo to run' >&2; exit 1"


@pytest.mark.parametrize(
    ("script", "rustup", "state", "fix"),
    [
        (NO_TOOLCHAIN, True, "broken", "rustup default stable"),
        (NO_TOOLCHAIN, False, "broken", "https://rustup.rs"),
        ("echo cargo 1.60.0", True, "too old", "rustup update stable"),
        ("echo cargo 1.60.0", False, "too old", "https://rustup.rs"),
        (None, True, "missing", "https://rustup.rs"),
    ],
)
def test_install_command_matches_the_rust_problem(
    machine: Machine, script: str | None, rustup: bool, state: str, fix: str
) -> None:
    if rustup:
        machine.put("rustup", "echo rustup 1.29.0")
    if script:
        machine.put("cargo", script)
    else:
        (machine.bin / "cargo").unlink()
    rust = next(tool for tool in machine.report(status=1)["tools"] if tool["name"] == "Rust")
    assert rust["state"] == state
    assert rust["install"]["debian"].startswith(fix)
    bootstrap = subprocess.run(
        [sys.executable, "-B", "-S", str(ROOT / "scripts" / "run.py"), "scripts.setup.bootstrap", "--window"],
        env={"PATH": str(machine.bin), "HOME": str(machine.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert bootstrap.returncode == 1
    assert fix in bootstrap.stderr
    assert ("not on the PATH" in bootstrap.stderr) == (state == "missing")


def test_bootstrap_without_apt_lists_the_same_packages_as_doctor(machine: Machine) -> None:
    machine.put("pkg-config", "exit 1")
    webkit = next(tool for tool in tools() if tool.name == "WebKitGTK")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from scripts.setup import bootstrap; "
        "bootstrap.system_family = lambda: 'fedora'; bootstrap.install_system_packages(True, False, False, False)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-S", "-c", code],
        env={"PATH": str(machine.bin), "HOME": str(machine.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert webkit.install["fedora"] in done.stderr
    assert "apt-get" not in done.stderr


@pytest.mark.parametrize("damage", ["altered", "missing", "extra"])
def test_damaged_runtime_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    tree = Project.at(tmp_path).tree(host_target())
    package = tree / "site-packages" / "package.py"
    package.parent.mkdir(parents=True)
    package.write_text("answer = 42")
    stamp = read_stamp(Project.at(ROOT).tree(host_target()))
    assert stamp is not None
    dataclasses.replace(stamp, manifest_sha256=write_manifest(tree, hash_tree(tree))).write(tree)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert doctor.runtime_state()["ok"]
    if damage == "missing":
        package.unlink()
    else:
        (package if damage == "altered" else package.with_name("more.py")).write_text("answer = 43")
    report = doctor.runtime_state()
    assert (report["ok"], report["next"]) == (False, "make build-backend")
    assert report["state"].startswith("damaged: ")
    assert package.name in report["state"] or "more.py" in report["state"]


def test_missing_test_tools_are_reported_without_failure(machine: Machine) -> None:
    (machine.bin / "strace").unlink()
    states = {tool["name"]: tool["state"] for tool in machine.report()["tools"]}
    assert states["strace"] == "missing"


def test_old_python_is_reported(machine: Machine) -> None:
    done = machine.run(pretend="sys.version_info = (3, 8, 0, 'final', 0)")
    assert done.returncode == 1
    assert "too old  Python" in done.stdout
    assert done.stderr == ""


def test_running_app_is_reported_and_left_unchanged(machine: Machine, database: Path) -> None:
    (machine.data / "app.lock").write_text(
        '{"holder": "the window", "pid": 4711, "since": "2026-01-02T03:04:05+00:00"}'
    )
    before = {path.name: path.read_bytes() for path in machine.data.iterdir() if not path.name.endswith("-shm")}
    with (machine.data / "app.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report = machine.report()["data"]["release"]
    assert report["held_by"] == {"holder": "the window", "pid": 4711, "since": "2026-01-02T03:04:05+00:00"}
    assert (report["database"]["integrity"], report["database"]["revision"]) == ("ok", "0003")
    assert machine.report()["data"]["release"]["held_by"] is None, "an entry without a lock is ignored"
    assert before == {path.name: path.read_bytes() for path in machine.data.iterdir() if not path.name.endswith("-shm")}


def test_health_check_creates_no_files_next_to_the_database(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "app.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0003')")
        connection.commit()
    before = (tmp_path / "data").stat().st_mtime_ns
    assert health(tmp_path / "data")["ok"]
    assert (tmp_path / "data").stat().st_mtime_ns == before, "no file was created, not even temporarily"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["app.db"]


def test_database_of_a_newer_version_is_reported(machine: Machine, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    report = machine.report(status=1)["data"]["release"]
    assert "9999" in report["problem"]
    assert "database_newer" in report["problem"]
    assert report["database"]["integrity"] == "ok"
    assert report["problem"] in machine.run().stdout


def file(folder: Path) -> None:
    folder.write_text("")


def link_to_file(folder: Path) -> None:
    file(folder.with_name("a file"))
    folder.symlink_to(folder.with_name("a file"))


def dangling_link(folder: Path) -> None:
    folder.symlink_to(folder.parent / "nowhere")


def folder_for_database(folder: Path) -> None:
    (folder / "app.db").mkdir(parents=True)


@pytest.mark.parametrize("create", [file, link_to_file, dangling_link, folder_for_database])
def test_data_dir_of_the_wrong_kind_is_reported(machine: Machine, create: Callable[[Path], None]) -> None:
    machine.data.parent.mkdir(parents=True)
    create(machine.data)
    report = machine.report(status=1)["data"]["release"]
    assert "data_dir_unwritable" in report["problem"]
    assert report["exists"]
    output = machine.run().stdout
    assert report["problem"] in output
    assert f"{machine.data.name}: unusable" in output
    assert ("dangling" in report["problem"]) == (create is dangling_link)


def open_to_others(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").touch()
    folder.chmod(0o777)


def open_parent(folder: Path) -> None:
    folder.parent.chmod(0o777)


def linked_key(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "secret_key").symlink_to(folder.parent)


@pytest.mark.parametrize("create", [open_to_others, open_parent, linked_key])
def test_data_dir_refused_at_start_is_reported_with_the_fix_command(
    tmp_path: Path, create: Callable[[Path], None]
) -> None:
    folder = tmp_path / "parent" / "data"
    folder.parent.mkdir()
    create(folder)
    found = health(folder)
    assert not found["ok"]
    assert "data_dir_not_private" in found["problem"]
    assert any(command in found["problem"] for command in ("un: chmod ", "un: cp "))  # after "Run" or "run"


def test_empty_data_dir_writable_by_others_is_left_unchanged(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o777)
    assert health(folder)["ok"], "the next start restricts it"
    assert folder.stat().st_mode & 0o777 == 0o777


@pytest.mark.parametrize(
    "leftover",
    ["secret_key", "app.db-wal", "app.db-journal", "backups/app-20260101T000000000000Z-manual.db", "backups/damaged-1"],
)
def test_missing_database_with_leftover_files_is_reported(tmp_path: Path, leftover: str) -> None:
    (tmp_path / "data" / leftover).parent.mkdir(parents=True, mode=0o700)
    (tmp_path / "data" / leftover).touch(0o600)
    (tmp_path / "data" / leftover).write_bytes(b"content")
    found = health(tmp_path / "data")
    assert not found["ok"]
    assert "database_unusable" in found["problem"]


@pytest.fixture
def other_users_folder() -> Iterator[Path]:
    """A folder of another user in a world-accessible folder. Tests use it as a user other than root."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent, "data")
        folder.mkdir()
        (folder / "app.db").write_bytes(b"")
        euid = os.geteuid()
        yield folder
        os.seteuid(euid)
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("folder_mode", "database_mode", "problem"),
    [
        (0o555, 0o644, "is not readable and writable for you"),
        (0o000, 0o644, "is not readable and writable for you"),
        (0o777, 0o000, "app.db that is not readable"),
        (0o777, 0o444, "app.db that is not readable"),
    ],
)
def test_data_dir_of_another_user_is_reported_as_inaccessible_not_as_damaged(
    other_users_folder: Path, folder_mode: int, database_mode: int, problem: str
) -> None:
    (other_users_folder / "app.db").chmod(database_mode)
    other_users_folder.chmod(folder_mode)
    if os.geteuid() == 0:
        os.seteuid(65534)
    report = health(other_users_folder)
    assert not report["ok"]
    assert problem in report["problem"]
    assert "damaged" not in report["problem"]


def test_data_dir_in_an_inaccessible_folder_is_reported(other_users_folder: Path) -> None:
    other_users_folder.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    report = health(other_users_folder / "below")
    assert not report["ok"]
    assert "Permission denied" in report["problem"]


@pytest.mark.parametrize("damage", ["inside", "header", "emptied"])
def test_damaged_database_is_reported(machine: Machine, tmp_path: Path, damage: str, database: Path) -> None:
    copy = tmp_path / "debug.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", [str(copy)])
    content = bytearray(copy.read_bytes())
    start, length = {"inside": (len(content) // 2, 6_000), "header": (0, 100), "emptied": (0, 0)}[damage]
    content[start : start + length] = b"\xaa" * length
    debug = machine.data.with_name(f"{machine.data.name}.dev")
    debug.mkdir()
    (debug / "app.db").write_bytes(b"" if damage == "emptied" else bytes(content))
    report = machine.report(status=1)
    assert report["data"]["release"]["ok"]
    assert not report["data"]["debug"]["ok"]
    assert "~/.local/share" in machine.run().stdout


def test_symlinked_home_is_masked_in_both_spellings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, link = tmp_path / "real" / "user", tmp_path / "user"
    home.mkdir(parents=True)
    link.symlink_to(home)
    monkeypatch.setenv("HOME", str(link))
    assert doctor.redact([f"{link}/project", {f"{home}": f"in {home}/project: no"}]) == [
        "~/project",
        {"~": "in ~/project: no"},
    ]
    other = f"{home}-else/project"
    assert doctor.redact(other) == other


def test_doctor_report_contains_no_private_data(machine: Machine, database: Path) -> None:
    (machine.data / "app.lock").write_text('{"holder": "ada@example.com", "pid": 1, "since": "now"}')
    (machine.data / "secret_key").write_text("the-signing-key")
    (machine.data / "config.json").write_text('{"FIRST_SUPERUSER": "ada@example.com"}')
    for arguments in ((), ("--json",)):
        with (machine.data / "app.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            output = machine.run(*arguments).stdout
        assert "EMAIL" in output
        for secret in (
            str(machine.home),
            "user",
            "s3cret-token",
            "the-signing-key",
            "ada@example.com",
            os.environ.get("USER") or "\0",
        ):
            assert secret not in output or secret == "root", secret
