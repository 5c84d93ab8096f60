"""Staging creates a complete new tree or leaves the old tree unchanged."""

import dataclasses
import errno
import io
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.build.stage import Outcome, Tools
from runtime.errors import (
    DiskFullError,
    InputMissingError,
    RuntimeStagingError,
    SelfCheckError,
    StagingBusyError,
    StepFailedError,
    TreeDamagedError,
    UnsafeArchiveError,
)
from runtime.fetch.archive import ArchiveRequest
from runtime.host.lockfile import staging_lock
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.integrity.stamp import read_stamp
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import (
    FAKE_FILES,
    FAKE_LINKS,
    STUB_TOOLS,
    StagingProject,
    snapshot,
    stub_install,
    write_archive,
)
from runtime.tests.real_layouts import native

INTERPRETER_SITE_FILES = ("bundle.pth", "packed_bytecode.bin", "packed_bytecode.py")


def test_tree_has_the_layout_of_the_launch_contract(staging_project: StagingProject) -> None:
    assert staging_project.staging().run() is Outcome.STAGED
    assert sorted(path.name for path in staging_project.tree.iterdir()) == [
        *("app_src", "manifest.sha256", "python", "site-packages", "stamp.json")
    ]
    files = {
        path.relative_to(staging_project.tree).as_posix() for path in staging_project.tree.rglob("*") if path.is_file()
    }
    assert files == {
        *("manifest.sha256", "stamp.json", "app_src/app/__init__.py", "app_src/app/main.py"),
        *("app_src/host/__init__.py", "app_src/single.py"),
        *("python/bin/python3", "python/lib/python3.14/os.py", "python/lib/python3.14/LICENSE.txt"),
        "python/lib/python3.14/lib-dynload/.empty",
        "python/lib/python3.14/build-details.json",
        *(f"python/lib/python3.14/site-packages/{name}" for name in INTERPRETER_SITE_FILES),
        *("site-packages/dist/__init__.py", "site-packages/dist-1.0.dist-info/METADATA"),
    }
    assert not [path for path in staging_project.tree.rglob("*") if path.is_symlink()]
    assert (staging_project.tree / "python/bin/python3").stat().st_mode & 0o111
    assert str(staging_project.project.build_dir.parent) not in (staging_project.tree / "stamp.json").read_text(
        encoding="utf-8"
    )


def test_linked_library_is_not_removed(staging_project: StagingProject) -> None:
    named = FAKE_FILES | {"python/lib/python3.14/lib-dynload/x.cpython-314.so": "NEEDED libpython3.14.so.1.0"}
    write_archive(staging_project.archive, named, FAKE_LINKS)
    staging_project.pin("http://127.0.0.1:9/{target}")
    staging_project.staging().run()
    assert (staging_project.tree / "python/lib/libpython3.14.so.1.0").is_file()


def test_up_to_date_tree_is_unchanged_and_no_tool_runs(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    before = snapshot(staging_project.project.build_dir)

    def never(*_: object) -> None:
        raise AssertionError("a tool ran")

    assert staging_project.staging(tools=Tools(never, never, never, never, never)).run() is Outcome.UP_TO_DATE  # type: ignore[arg-type]
    assert snapshot(staging_project.project.build_dir) == before


@pytest.mark.parametrize("lost", ["stamp.json", "python/bin/python3", "site-packages"])
def test_incomplete_tree_is_staged_again(staging_project: StagingProject, lost: str) -> None:
    staging_project.staging().run()
    path = staging_project.tree / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert staging_project.staging().run() is Outcome.STAGED
    verify(staging_project.tree)


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("site-packages/dist/__init__.py", None, Outcome.STAGED),
        ("site-packages/dist/__init__.py", "tampered", Outcome.STAGED),
        ("site-packages/dist/extra.py", "", Outcome.STAGED),
        ("manifest.sha256", "", Outcome.STAGED),
        ("manifest.sha256", None, Outcome.STAGED),
        ("app_src/app/main.py", "tampered", Outcome.APP_REFRESHED),
        ("app_src/app/main.py", None, Outcome.APP_REFRESHED),
    ],
)
@pytest.mark.parametrize("edited", [False, True])
def test_damaged_files_are_named_and_staged_again(
    staging_project: StagingProject,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    outcome: Outcome,
    edited: bool,
) -> None:
    staging_project.staging().run()
    if content is None:
        (staging_project.tree / name).unlink()
    else:
        (staging_project.tree / name).write_text(content, encoding="utf-8")
    if edited:
        (staging_project.app / "main.py").write_text("answer = 43\n", encoding="utf-8")
    assert staging_project.staging().run() is outcome
    error_output = capsys.readouterr().err
    assert error_output.count(name) == 1 or (edited and outcome is Outcome.APP_REFRESHED)
    verify(staging_project.tree)
    assert staging_project.staging().run() is Outcome.UP_TO_DATE


def test_app_change_restages_signed_tree_with_native_app_file(staging_project: StagingProject) -> None:
    (staging_project.app / "native.so").write_bytes(native(host_target(), program=False))
    staging_project.staging().run()
    stamp = read_stamp(staging_project.tree)
    assert stamp is not None
    dataclasses.replace(stamp, signed=True).write(staging_project.tree)
    (staging_project.app / "main.py").write_text("answer = 43\n", encoding="utf-8")
    assert staging_project.staging().run() is Outcome.STAGED
    assert not verify(staging_project.tree).signed


def test_app_change_replaces_only_app_src(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    before = snapshot(staging_project.tree)
    (staging_project.app / "main.py").write_text("answer = 43\n", encoding="utf-8")
    (staging_project.app / "new.py").write_text("", encoding="utf-8")
    assert staging_project.staging().run() is Outcome.APP_REFRESHED
    after = snapshot(staging_project.tree)
    assert after["app_src/app/main.py"][2] == b"answer = 43\n"
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith("app_src/")} == {"manifest.sha256", "stamp.json"}
    verify(staging_project.tree)
    assert staging_project.staging().run() is Outcome.UP_TO_DATE
    shutil.rmtree(staging_project.tree / "app_src")
    assert staging_project.staging().run() is Outcome.APP_REFRESHED


def test_app_tests_and_caches_do_not_change_the_digest(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.app / "tests" / "test_more.py").write_text("", encoding="utf-8")
    (staging_project.app / "__pycache__" / "more.pyc").write_text("", encoding="utf-8")
    for leftover in (".DS_Store", "main.py.orig", "#main.py#", ".main.py.swp"):
        (staging_project.app / leftover).write_text("", encoding="utf-8")
    assert staging_project.staging().run() is Outcome.UP_TO_DATE


def fail_with(error: BaseException) -> Tools:
    """Tools whose self-check fails, the last tool that runs before the tree is replaced."""

    def check(*_: object) -> dict[str, object]:
        raise error

    return dataclasses.replace(STUB_TOOLS, check=check)


def unsafe_request(staging_project: StagingProject) -> ArchiveRequest:
    """A request for an archive with the expected sha256 and an unsafe member."""
    unsafe = write_archive(staging_project.archive.with_name("unsafe.tar.gz"), FAKE_FILES, {"python/x": "/etc/passwd"})
    return ArchiveRequest(archive=unsafe, archive_sha256=sha256_file(unsafe))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (StepFailedError("no network"), StepFailedError),
        (SelfCheckError("hijacked"), SelfCheckError),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (None, UnsafeArchiveError),
    ],
)
def test_failed_staging_leaves_the_previous_tree(
    staging_project: StagingProject, failure: BaseException | None, error: type[BaseException]
) -> None:
    staging_project.staging().run()
    before = snapshot(staging_project.tree)
    staging_project.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    failing = (
        staging_project.staging(tools=fail_with(failure))
        if failure
        else staging_project.staging(unsafe_request(staging_project))
    )
    with pytest.raises(error):
        failing.run()
    assert snapshot(staging_project.tree) == before
    assert not list(staging_project.project.trees.glob(".staging-*"))
    verify(staging_project.tree)


@pytest.fixture
def tiny_disk(staging_project: StagingProject) -> Iterator[Path]:
    """A file system of 64 KiB mounted at build/; skips the test if mounting is not permitted."""
    staging_project.project.build_dir.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(staging_project.project.build_dir)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted")
    yield staging_project.project.build_dir
    subprocess.run(["umount", str(staging_project.project.build_dir)], check=True)


def test_full_disk_is_reported_and_temporary_files_are_removed(
    staging_project: StagingProject, tiny_disk: Path
) -> None:
    big = FAKE_FILES | {"python/lib/big": "x" * 200_000}
    write_archive(staging_project.archive, big, FAKE_LINKS)
    staging_project.pin("http://127.0.0.1:9/{target}")
    with pytest.raises(DiskFullError, match="No space left"):
        staging_project.staging().run()
    assert not list(tiny_disk.rglob("big"))


def test_leftovers_of_a_killed_run_are_removed(staging_project: StagingProject) -> None:
    leftover = staging_project.project.trees / ".staging-killed" / "python"
    leftover.mkdir(parents=True)
    staging_project.staging().run()
    assert not leftover.parent.exists()


def test_missing_app_source_is_reported(staging_project: StagingProject) -> None:
    shutil.rmtree(staging_project.app)
    with pytest.raises(InputMissingError, match="source/app is not a Python package"):
        staging_project.staging().run()


def test_concurrent_stagings_stage_once(staging_project: StagingProject) -> None:
    installs, outcomes, started, second_waits = [], [], threading.Event(), threading.Event()

    class WarningObserver(Progress):
        def warn(self, line: str) -> None:
            assert line.startswith("Waiting for another")
            second_waits.set()

    def slow_install(project: Project, lock_file: Path, into: Path, target: str, minor: str) -> None:
        installs.append(into)
        started.set()
        assert second_waits.wait(30)
        stub_install(project, lock_file, into, target, minor)

    tools = dataclasses.replace(STUB_TOOLS, install=slow_install)
    first = threading.Thread(target=lambda: outcomes.append(staging_project.staging(tools=tools).run()))
    first.start()
    assert started.wait(30)
    second = dataclasses.replace(staging_project.staging(tools=tools), progress=WarningObserver(io.StringIO())).run()
    first.join()
    assert (outcomes, second, len(installs)) == ([Outcome.STAGED], Outcome.UP_TO_DATE, 1)
    verify(staging_project.tree)


def test_staging_lock_wait_times_out(staging_project: StagingProject) -> None:
    lock, progress = staging_project.project.build_dir / "lock", staging_project.staging().progress
    with (
        staging_lock(lock, progress),
        pytest.raises(StagingBusyError),
        staging_lock(lock, progress, wait_seconds=0.05),
    ):
        pass
    with staging_lock(lock, progress, wait_seconds=0.05):
        pass


def test_file_system_without_locks_is_not_reported_as_locked(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    lock, progress = staging_project.project.build_dir / "lock", staging_project.staging().progress
    with pytest.raises(OSError, match="No locks available"), staging_lock(lock, progress, wait_seconds=0.05):
        pass


def test_verify_names_damaged_missing_and_extra_files(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.tree / "site-packages/dist/__init__.py").write_text("tampered", encoding="utf-8")
    (staging_project.tree / "python/lib/python3.14/os.py").unlink()
    (staging_project.tree / "app_src/app/__pycache__").mkdir()
    (staging_project.tree / "app_src/app/__pycache__/main.pyc").write_text("", encoding="utf-8")
    (staging_project.tree / "python/bin/python").symlink_to("python3")
    with pytest.raises(TreeDamagedError) as caught:
        verify(staging_project.tree)
    message = str(caught.value)
    assert "damaged: site-packages/dist/__init__.py" in message
    assert "missing: python/lib/python3.14/os.py" in message
    assert "extra: app_src/app/__pycache__/main.pyc, python/bin/python" in message


def test_verify_rejects_a_link_to_identical_bytes(staging_project: StagingProject, tmp_path: Path) -> None:
    staging_project.staging().run()
    module = staging_project.tree / "python/lib/python3.14/os.py"
    module.rename(tmp_path / "os.py")
    module.symlink_to(tmp_path / "os.py")
    with pytest.raises(TreeDamagedError, match=r"damaged: python/lib/python3\.14/os\.py"):
        verify(staging_project.tree)


def test_verify_refuses_a_foreign_manifest(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.tree / "site-packages/dist/__init__.py").unlink()
    manifest = staging_project.tree / "manifest.sha256"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if "dist/__init__" not in line), encoding="utf-8")
    with pytest.raises(TreeDamagedError, match=r"does not match the digest in stamp\.json"):
        verify(staging_project.tree)


def test_verify_without_a_tree_names_the_next_step(staging_project: StagingProject) -> None:
    with pytest.raises(RuntimeStagingError, match="python3 -m runtime stage"):
        verify(staging_project.tree)


@pytest.mark.parametrize(
    "table", ["", "[tool.python-backend]\nsource = 'source'\n", "[tool.python-backend", "[tool]\npython-backend = {}"]
)
def test_incomplete_backend_table_is_reported(staging_project: StagingProject, table: str) -> None:
    (staging_project.project.root / "pyproject.toml").write_text(table, encoding="utf-8")
    with pytest.raises(InputMissingError, match=r"pyproject\.toml has no complete table \[tool\.python-backend\]"):
        staging_project.staging().run()


def test_package_added_to_the_table_is_staged(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.app.parent / "more.py").write_text("answer = 43\n", encoding="utf-8")
    assert staging_project.staging().run() is Outcome.UP_TO_DATE
    table = staging_project.project.root / "pyproject.toml"
    table.write_text(table.read_text(encoding="utf-8").replace('"host"', '"host", "more.py"'), encoding="utf-8")
    assert staging_project.staging().run() is Outcome.APP_REFRESHED
    assert (staging_project.tree / "app_src" / "more.py").is_file()
