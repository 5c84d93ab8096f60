"""What a staging leaves behind: the whole new tree, or exactly the old one."""

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
from runtime.fetch.archive import Request
from runtime.host.lockfile import staging_lock
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, LIGHT_TOOLS, Bench, light_install, snapshot, write_archive

OWN = ("bundle.pth", "packed_bytecode.bin", "packed_bytecode.py")


def test_the_tree_is_laid_out_as_the_launch_contract_says(bench: Bench) -> None:
    assert bench.staging().run() is Outcome.STAGED
    assert sorted(path.name for path in bench.tree.iterdir()) == [
        *("app_src", "manifest.sha256", "python", "site-packages", "stamp.json")
    ]
    files = {path.relative_to(bench.tree).as_posix() for path in bench.tree.rglob("*") if path.is_file()}
    assert files == {
        *("manifest.sha256", "stamp.json", "app_src/app/__init__.py", "app_src/app/main.py"),
        *("app_src/host/__init__.py", "app_src/single.py"),
        *("python/bin/python3", "python/lib/python3.14/os.py", "python/lib/python3.14/LICENSE.txt"),
        "python/lib/python3.14/lib-dynload/.empty",
        "python/lib/python3.14/build-details.json",
        *(f"python/lib/python3.14/site-packages/{name}" for name in OWN),
        *("site-packages/dist/__init__.py", "site-packages/dist-1.0.dist-info/METADATA"),
    }
    assert not [path for path in bench.tree.rglob("*") if path.is_symlink()]
    assert (bench.tree / "python/bin/python3").stat().st_mode & 0o111
    assert str(bench.project.build_dir.parent) not in (bench.tree / "stamp.json").read_text(encoding="utf-8")


def test_a_library_that_a_binary_names_is_kept(bench: Bench) -> None:
    named = FAKE_FILES | {"python/lib/python3.14/lib-dynload/x.cpython-314.so": "NEEDED libpython3.14.so.1.0"}
    write_archive(bench.archive, named, FAKE_LINKS)
    bench.pin("http://127.0.0.1:9/{target}")
    bench.staging().run()
    assert (bench.tree / "python/lib/libpython3.14.so.1.0").is_file()


def test_nothing_to_do_touches_nothing_and_asks_no_one(bench: Bench) -> None:
    bench.staging().run()
    before = snapshot(bench.project.build_dir)

    def never(*_: object) -> None:
        raise AssertionError("did something")

    assert bench.staging(tools=Tools(never, never, never, never, never)).run() is Outcome.NOTHING  # type: ignore[arg-type]
    assert snapshot(bench.project.build_dir) == before


@pytest.mark.parametrize("lost", ["stamp.json", "python/bin/python3", "site-packages"])
def test_a_tree_that_lacks_a_part_is_staged_anew(bench: Bench, lost: str) -> None:
    bench.staging().run()
    path = bench.tree / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert bench.staging().run() is Outcome.STAGED
    verify(bench.tree)


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
def test_what_is_damaged_is_mended_and_named(
    bench: Bench, capsys: pytest.CaptureFixture[str], name: str, content: str | None, outcome: Outcome, edited: bool
) -> None:
    bench.staging().run()
    if content is None:
        (bench.tree / name).unlink()
    else:
        (bench.tree / name).write_text(content, encoding="utf-8")
    if edited:
        (bench.app / "main.py").write_text("answer = 43\n", encoding="utf-8")
    assert bench.staging().run() is outcome
    said = capsys.readouterr().err
    assert said.count(name) == 1 or (edited and outcome is Outcome.APP_REFRESHED)
    verify(bench.tree)
    assert bench.staging().run() is Outcome.NOTHING


def test_only_the_app_is_replaced_when_only_the_app_changed(bench: Bench) -> None:
    bench.staging().run()
    before = snapshot(bench.tree)
    (bench.app / "main.py").write_text("answer = 43\n", encoding="utf-8")
    (bench.app / "new.py").write_text("", encoding="utf-8")
    assert bench.staging().run() is Outcome.APP_REFRESHED
    after = snapshot(bench.tree)
    assert after["app_src/app/main.py"][2] == b"answer = 43\n"
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith("app_src/")} == {"manifest.sha256", "stamp.json"}
    verify(bench.tree)
    assert bench.staging().run() is Outcome.NOTHING
    shutil.rmtree(bench.tree / "app_src")
    assert bench.staging().run() is Outcome.APP_REFRESHED


def test_tests_and_caches_of_the_app_change_nothing(bench: Bench) -> None:
    bench.staging().run()
    (bench.app / "tests" / "test_more.py").write_text("", encoding="utf-8")
    (bench.app / "__pycache__" / "more.pyc").write_text("", encoding="utf-8")
    for leftover in (".DS_Store", "main.py.orig", "#main.py#", ".main.py.swp"):
        (bench.app / leftover).write_text("", encoding="utf-8")
    assert bench.staging().run() is Outcome.NOTHING


def fail_with(error: BaseException) -> Tools:
    """Tools whose last step before the swap fails."""

    def check(*_: object) -> dict[str, object]:
        raise error

    return dataclasses.replace(LIGHT_TOOLS, check=check)


def unsafe_request(bench: Bench) -> Request:
    """A request for an archive with the right sha256 and a bad member."""
    bad = write_archive(bench.archive.with_name("bad.tar.gz"), FAKE_FILES, {"python/x": "/etc/passwd"})
    return Request(archive=bad, archive_sha256=sha256_file(bad))


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
def test_after_a_failure_the_last_good_tree_is_untouched(
    bench: Bench, failure: BaseException | None, error: type[BaseException]
) -> None:
    bench.staging().run()
    before = snapshot(bench.tree)
    bench.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    failing = bench.staging(tools=fail_with(failure)) if failure else bench.staging(unsafe_request(bench))
    with pytest.raises(error):
        failing.run()
    assert snapshot(bench.tree) == before
    assert not list(bench.project.trees.glob(".staging-*"))
    verify(bench.tree)


@pytest.fixture
def tiny_disk(bench: Bench) -> Iterator[Path]:
    """A file system of 64 KiB at build/, where this user may mount one."""
    bench.project.build_dir.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(bench.project.build_dir)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("needs to mount a tmpfs; the same error is raised artificially above")
    yield bench.project.build_dir
    subprocess.run(["umount", str(bench.project.build_dir)], check=True)


def test_a_full_disk_is_named_and_cleaned_up(bench: Bench, tiny_disk: Path) -> None:
    big = FAKE_FILES | {"python/lib/big": "x" * 200_000}
    write_archive(bench.archive, big, FAKE_LINKS)
    bench.pin("http://127.0.0.1:9/{target}")
    with pytest.raises(DiskFullError, match="No space left"):
        bench.staging().run()
    assert not list(tiny_disk.rglob("big"))


def test_what_a_killed_run_left_is_cleared(bench: Bench) -> None:
    leftover = bench.project.trees / ".staging-killed" / "python"
    leftover.mkdir(parents=True)
    bench.staging().run()
    assert not leftover.parent.exists()


def test_without_the_app_it_says_so(bench: Bench) -> None:
    shutil.rmtree(bench.app)
    with pytest.raises(InputMissingError, match="source/app is not a Python package"):
        bench.staging().run()


def test_two_stagings_at_once_do_the_work_once(bench: Bench) -> None:
    installs, outcomes, started, second_waits = [], [], threading.Event(), threading.Event()

    class Announcing(Progress):
        def warn(self, line: str) -> None:
            assert "waiting for it to end" in line
            second_waits.set()

    def slow_install(project: Project, lock_file: Path, into: Path, target: str, minor: str) -> None:
        installs.append(into)
        started.set()
        assert second_waits.wait(30)
        light_install(project, lock_file, into, target, minor)

    tools = dataclasses.replace(LIGHT_TOOLS, install=slow_install)
    first = threading.Thread(target=lambda: outcomes.append(bench.staging(tools=tools).run()))
    first.start()
    assert started.wait(30)
    second = dataclasses.replace(bench.staging(tools=tools), progress=Announcing(io.StringIO())).run()
    first.join()
    assert (outcomes, second, len(installs)) == ([Outcome.STAGED], Outcome.NOTHING, 1)
    verify(bench.tree)


def test_waiting_for_another_staging_ends(bench: Bench) -> None:
    lock, progress = bench.project.build_dir / "lock", bench.staging().progress
    with (
        staging_lock(lock, progress),
        pytest.raises(StagingBusyError),
        staging_lock(lock, progress, wait_seconds=0.05),
    ):
        pass
    with staging_lock(lock, progress, wait_seconds=0.05):
        pass


def test_verify_names_what_is_damaged_missing_and_extra(bench: Bench) -> None:
    bench.staging().run()
    (bench.tree / "site-packages/dist/__init__.py").write_text("tampered", encoding="utf-8")
    (bench.tree / "python/lib/python3.14/os.py").unlink()
    (bench.tree / "app_src/app/__pycache__").mkdir()
    (bench.tree / "app_src/app/__pycache__/main.pyc").write_text("", encoding="utf-8")
    (bench.tree / "python/bin/python").symlink_to("python3")
    with pytest.raises(TreeDamagedError) as caught:
        verify(bench.tree)
    said = str(caught.value)
    assert "damaged: site-packages/dist/__init__.py" in said
    assert "missing: python/lib/python3.14/os.py" in said
    assert "extra: app_src/app/__pycache__/main.pyc, python/bin/python" in said


def test_verify_takes_a_link_to_the_same_bytes_for_damage(bench: Bench, tmp_path: Path) -> None:
    bench.staging().run()
    module = bench.tree / "python/lib/python3.14/os.py"
    module.rename(tmp_path / "os.py")
    module.symlink_to(tmp_path / "os.py")
    with pytest.raises(TreeDamagedError, match=r"damaged: python/lib/python3\.14/os\.py"):
        verify(bench.tree)


def test_verify_refuses_a_manifest_of_another_staging(bench: Bench) -> None:
    bench.staging().run()
    (bench.tree / "site-packages/dist/__init__.py").unlink()
    manifest = bench.tree / "manifest.sha256"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if "dist/__init__" not in line), encoding="utf-8")
    with pytest.raises(TreeDamagedError, match="not the one its stamp was written for"):
        verify(bench.tree)


def test_verify_of_nothing_says_what_to_run(bench: Bench) -> None:
    with pytest.raises(RuntimeStagingError, match="python3 -m runtime stage"):
        verify(bench.tree)


@pytest.mark.parametrize(
    "table", ["", "[tool.python-backend]\nsource = 'source'\n", "[tool.python-backend", "[tool]\npython-backend = {}"]
)
def test_an_incomplete_table_of_the_backend_is_reported(bench: Bench, table: str) -> None:
    (bench.project.root / "pyproject.toml").write_text(table, encoding="utf-8")
    with pytest.raises(InputMissingError, match=r"pyproject\.toml has no complete table \[tool\.python-backend\]"):
        bench.staging().run()


def test_a_package_added_to_the_table_is_staged(bench: Bench) -> None:
    bench.staging().run()
    (bench.app.parent / "more.py").write_text("answer = 43\n", encoding="utf-8")
    assert bench.staging().run() is Outcome.NOTHING
    table = bench.project.root / "pyproject.toml"
    table.write_text(table.read_text(encoding="utf-8").replace('"host"', '"host", "more.py"'), encoding="utf-8")
    assert bench.staging().run() is Outcome.APP_REFRESHED
    assert (bench.tree / "app_src" / "more.py").is_file()
