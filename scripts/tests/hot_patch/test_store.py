"""What a patch is made of, without a window: source, store, migrations, drift."""

import json
import os
import queue
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.host import application
from harness.app import ROOT
from harness.waiting import wait_until
from scripts.hot_patch import drift, migrations, patch
from scripts.hot_patch.__main__ import status
from scripts.hot_patch.app import About, App
from scripts.hot_patch.errors import BrokenSourceError, NoAppError, OutdatedError, RefusedError, RejectedError
from scripts.hot_patch.patch import CONTRACT_FILE, LOCK_FILE, SOURCE, Patcher, PushResult
from scripts.hot_patch.program import program, program_arguments
from scripts.hot_patch.source import Snapshot, Source, read_tree
from scripts.hot_patch.store import Store
from scripts.hot_patch.watch import Watch, looks_unfinished

KEY = {"lock": "", "contract": 1}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout" / "app"
    (folder / "core").mkdir(parents=True)
    (folder / "main.py").write_text("one = 1\n")
    (folder / "core" / "db.py").write_text("two = 2\n")
    return folder


@pytest.fixture
def about(tmp_path: Path) -> About:
    return About(1, "secret", KEY, "0" * 64, tmp_path / "installed", Path(sys.executable), "/api/v1")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(App(tmp_path / "data"))


def test_source_digest_equals_the_digest_reported_by_the_app() -> None:
    assert f"sha256:{read_tree(SOURCE.folder, SOURCE.packages).digest}" == application.code_digest()


class CoarseSource(Source):
    """On a file system that counts in seconds."""

    def _walk(self) -> dict[str, tuple[int, int, int, int]]:
        second = 1_000_000_000
        return {name: (at // second * second, size, inode, 0) for name, (at, size, inode, _) in super()._walk().items()}


def test_edit_with_same_size_and_mtime_is_detected(package: Path) -> None:
    source = CoarseSource(package.parent)
    before = source.read()
    file = package / "main.py"
    about = file.stat()
    with file.open("r+") as opened:  # the same inode
        opened.write("one = 7\n")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert source.read().changed_from(before) == ["app/main.py"]


def test_deleted_modules_and_editor_files_are_not_source(package: Path) -> None:
    source = Source(package.parent)
    before = source.read()
    (package / "core" / "db.py").unlink()
    (package / "core" / "db.py~").write_text("old")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "main.cpython-313.pyc").write_bytes(b"")
    now = source.read()
    assert list(now.files) == ["app/main.py"]
    assert now.digest != before.digest


def test_emacs_lock_links_and_merge_leftovers_are_not_source(package: Path) -> None:
    before = read_tree(package.parent)
    (package / ".#main.py").symlink_to("someone@machine.1234")
    for name in ("main.py.orig", "main.py.rej", ".DS_Store"):
        (package / name).write_text("x")
    assert read_tree(package.parent) == before


def test_symlink_in_source_is_refused(package: Path) -> None:
    (package / "link.py").symlink_to("/etc/passwd")
    with pytest.raises(RefusedError, match="link"):
        read_tree(package.parent)


def test_oversized_source_file_is_refused(package: Path) -> None:
    with (package / "data.bin").open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(RefusedError, match="10 MB"):
        read_tree(package.parent)


@pytest.mark.parametrize("text", ["def (\n", "x = '\0'\n", "\tx = 1\n  y = 2\n"])
def test_compile_error_names_the_file(package: Path, text: str) -> None:
    (package / "main.py").write_text(text)
    snapshot = read_tree(package.parent)
    with pytest.raises(BrokenSourceError, match=r"main\.py"):
        snapshot.check(["app/main.py"], package.parent)
    snapshot.check(["app/core/db.py"], package.parent)


def test_generation_is_stored_completely_and_restored_after_modification(
    store: Store, about: About, package: Path
) -> None:
    snapshot = read_tree(package.parent)
    place = store.put(snapshot, about, package.parent)
    assert read_tree(place).digest == snapshot.digest == place.name
    (place / "app" / "main.py").write_text("tampered = True\n")
    assert read_tree(store.put(snapshot, about, package.parent)).digest == snapshot.digest
    another = About(
        1, "secret", {"lock": "another"}, about.base_digest, about.base_source, about.interpreter, about.api_path
    )
    store.put(snapshot, another, package.parent)
    assert json.loads((place / "generation.json").read_text())["key"] == another.key


def test_concurrent_pushes_never_remove_a_finished_generation(store: Store, about: About, package: Path) -> None:
    for number in range(40):
        (package / f"module_{number}.py").write_text(f"value = {number}\n")
    snapshot = read_tree(package.parent)
    ready = threading.Barrier(4)

    def put() -> list[str]:
        ready.wait()
        return [read_tree(store.put(snapshot, about, package.parent)).digest for _ in range(10)]

    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(put) for _ in range(4)]
            assert {digest for one in found for digest in one.result()} == {snapshot.digest}
        assert [path.name for path in store.folder.iterdir()] == [snapshot.digest]
        shutil.rmtree(store.folder)


def test_full_disk_is_reported_and_leaves_no_files(store: Store, about: About, package: Path) -> None:
    (package / "main.py").write_text("x" * 100_000)
    snapshot = read_tree(package.parent)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(RefusedError, match="Look at the folder"):
            store.put(snapshot, about, package.parent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(store.folder.iterdir()) == []


@pytest.fixture
def not_yours(package: Path) -> Iterator[Patcher]:
    """Of a closed app whose folder its owner alone may write to; who looks at it is not root, whom no mode would stop."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        folder.chmod(0o755)
        patcher = closed(folder, Path(shutil.copytree(package, folder / "checkout" / "app")))
        patcher.app.hot.chmod(0o555)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        yield patcher
        os.seteuid(was)
        patcher.app.hot.chmod(0o755)


def test_read_only_store_is_reported_with_the_fix(not_yours: Patcher) -> None:
    about = not_yours.app.about()
    with pytest.raises(RefusedError, match=r"Make the folder yours.* Nothing was changed"):
        not_yours.push()
    with pytest.raises(RefusedError, match="Make the folder yours"), not_yours.store.closed_app(about):
        pass
    with pytest.raises(RefusedError, match="Make the folder yours"):
        Watch(not_yours).run()


def test_closed_app_holds_the_lock_while_the_pointer_changes(store: Store, about: About) -> None:
    store.app.hot.mkdir(parents=True)
    with store.closed_app(about) as pointer:
        pointer["pending"] = "1"
        hold = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.path.append({str(Path(pytest.__file__).parents[1])!r})\n"
        other = (
            f"{hold}from pathlib import Path\nfrom scripts.hot_patch.store import _try_lock\n"
            f"sys.exit(_try_lock(open({str(store.app.hot / 'lock')!r}, 'a')))"
        )
        subprocess.run([sys.executable, "-I", "-B", "-c", other], check=True)
    assert store.pointer()["pending"] == "1"
    assert store.pointer()["key"] == KEY


def test_push_reports_an_app_that_never_ran(tmp_path: Path) -> None:
    with pytest.raises(NoAppError, match="--data-dir"):
        Patcher(App(tmp_path)).push()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda key, _: key | {"lock": "other"}, "dependencies"),
        (lambda key, _: key | {"contract": 2}, "contract"),
    ],
)
def test_generation_incompatible_with_the_build_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any], None], dict[str, Any]], message: str
) -> None:
    import hashlib

    app = App(tmp_path)
    app.hot.mkdir()
    key = {"lock": hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest(), "contract": 1}
    installed = tmp_path / "installed"
    SOURCE.copy(installed)
    base = {"digest": read_tree(SOURCE.folder, SOURCE.packages).digest, "source": str(installed)}
    written = {
        "port": 9,
        "token": "",
        "key": change(key, None),
        "base": base,
        "interpreter": sys.executable,
        "api_path": "",
    }
    (app.hot / "app.json").write_text(json.dumps(written))
    with pytest.raises(RefusedError, match=message):
        Patcher(app).push()
    (app.hot / "app.json").write_text(json.dumps(written | {"key": key}))
    assert Patcher(app).push().deferred


def test_empty_or_missing_file_counts_as_being_written() -> None:
    before = Snapshot({"a.py": b"1", "empty.py": b""})
    assert looks_unfinished(Snapshot({"a.py": b"", "empty.py": b""}), before)
    assert looks_unfinished(Snapshot({"empty.py": b""}), before)
    assert not looks_unfinished(Snapshot({"a.py": b"2", "new.py": b""}), before)


def test_second_watch_is_refused(store: Store, package: Path) -> None:
    patcher = Patcher(store.app, package.parent)
    with store.watch_lock(), pytest.raises(RefusedError, match="watched already"):
        Watch(patcher).run()


def test_superseded_push_is_not_repeated(store: Store, package: Path) -> None:
    said: list[str] = []
    pushed: list[Snapshot] = []
    watch = Watch(patcher := Patcher(store.app, package.parent, say=said.append))
    watch.latest = read_tree(package.parent)

    def superseded(snapshot: Snapshot) -> None:
        pushed.append(snapshot)
        raise RejectedError("superseded", "A newer version came.")

    patcher.push = superseded  # type: ignore[method-assign,assignment]
    watch.push(watch.latest)
    assert len(pushed) == 1
    assert "Save again" in said[0]


def test_push_older_than_the_served_one_is_repeated_with_current_source(store: Store, package: Path) -> None:
    said: queue.Queue[str] = queue.Queue()
    watch = Watch(patcher := Patcher(store.app, package.parent, say=said.put))
    read_at: list[int] = []

    def push(snapshot: Snapshot, **_: bool) -> PushResult:
        read_at.append(snapshot.read_at)
        if len(read_at) == 1:
            raise OutdatedError("outdated", "A newer state was pushed.")
        return PushResult(snapshot.digest, 1, 1, 1, deferred=True)

    patcher._push = push  # type: ignore[method-assign]
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        assert "is tried when the app starts" in said.get(timeout=20)
    finally:
        watch.over.set()
        thread.join()
    assert read_at[0] < read_at[1]

    read_at.clear()
    assert patcher.push().deferred  # as make hot-patch
    assert read_at[0] < read_at[1]


@pytest.mark.parametrize("is_pending", [True, False])
def test_slow_push_is_explained_and_failed_push_is_reported_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_pending: bool
) -> None:
    said: list[str] = []
    asked: queue.Queue[str] = queue.Queue()
    broken = {"digest": "0", "title": "title", "text": "traceback"}

    def ask(_: App, do: str) -> dict[str, Any]:
        asked.put(do)
        return {"broken": broken, "state": {"pending": "0" if is_pending else None}}

    monkeypatch.setattr(App, "ask", ask)
    monkeypatch.setattr(patch, "SLOW_PUSH_S", 0)
    with Patcher(store.app, say=said.append)._report_slow_push("0"):
        asked.get(timeout=20)
        if not is_pending:
            asked.get(timeout=20)  # it continues to poll
        wait_until(lambda: said or not is_pending)
    assert said == (["traceback\ntitle"] if is_pending else [])


def test_unexpected_error_is_reported(store: Store, package: Path) -> None:
    said: list[str] = []
    watch = Watch(patcher := Patcher(store.app, package.parent, say=said.append))

    def fail(_: Snapshot) -> None:
        raise MemoryError

    patcher.push = fail  # type: ignore[method-assign,assignment]
    watch.push(read_tree(package.parent))
    assert "MemoryError" in said[0]


def test_push_refused_for_dependencies_is_retried_when_they_are_restored(
    store: Store, package: Path, tmp_path: Path
) -> None:
    lock_file = tmp_path / "requirements.lock"
    lock_file.write_text("as built")
    said: queue.Queue[str] = queue.Queue()
    watch = Watch(patcher := Patcher(store.app, package.parent, lock_file, say=said.put))
    built_with = patcher.lock_digest()

    def push(_: Snapshot) -> PushResult:
        if patcher.lock_digest() != built_with:
            raise RefusedError("The dependencies have changed.")
        return PushResult("0" * 64, 1, 1, 1, deferred=True)

    patcher.push = push  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        assert "is tried when the app starts" in said.get(timeout=20)
        lock_file.write_text("with one more package")
        assert "The dependencies have changed" in said.get(timeout=20)
        lock_file.write_text("as built")
        assert "is tried when the app starts" in said.get(timeout=20)
    finally:
        watch.over.set()
        thread.join()


def test_interrupted_client_generation_still_reports_api_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "openapi.json"
    document.write_text("{}")
    monkeypatch.setattr(drift, "DOCUMENT", document)
    monkeypatch.setattr(drift, "CLIENT", tmp_path / "file" / "client")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError):  # noqa: PT011 (which one depends on the system)
        drift.regenerate()
    assert document.read_text() == "{}"


def test_failed_start_log_ends_with_the_error_without_a_thread_dump(tmp_path: Path) -> None:
    (package := tmp_path / "app").mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import threading\nthreading.Timer(2, print).start()  # outlives the dump's delay\nraise ValueError('broken')\n"
    )
    run = ["-c", program(with_debugger=True), *program_arguments(tmp_path, tmp_path / "checkout")]
    command = [sys.executable, "-I", "-B", *run]
    ran = subprocess.run(command, env={"CANDIDATE": "true"}, capture_output=True, text=True)
    assert ran.stderr.rstrip().endswith("ValueError: broken")
    assert f'File "{tmp_path}/checkout/app/__main__.py", line 3' in ran.stderr  # the file that is edited
    assert "Thread 0x" not in ran.stderr


def closed(tmp_path: Path, package: Path) -> Patcher:
    """Of an app that is not running, and was built from something else than `package`."""
    import hashlib

    app = App(tmp_path / "data")
    app.hot.mkdir(parents=True)
    lock = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    (tmp_path / "installed" / "app").mkdir(parents=True)
    base = {"digest": "0" * 64, "source": str(tmp_path / "installed")}
    about = {
        "port": 9,
        "token": "",
        "key": {"lock": lock, "contract": 1},
        "base": base,
        "interpreter": sys.executable,
        "api_path": "",
    }
    (app.hot / "app.json").write_text(json.dumps(about))
    (package.parent / CONTRACT_FILE).parent.mkdir(parents=True, exist_ok=True)
    (package.parent / CONTRACT_FILE).write_text("CONTRACT = 1\n")
    with closing(sqlite3.connect(app.data_dir / "app.db")) as database:
        database.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('1')")
    return Patcher(app, package.parent)


def test_push_and_rollback_work_when_the_store_was_deleted(tmp_path: Path, package: Path) -> None:
    versions = package / "alembic" / "versions"
    versions.mkdir(parents=True)
    (versions / "a.py").write_text('revision = "1"\ndown_revision = None\n')
    patcher = closed(tmp_path, package)
    shutil.copytree(package / "alembic", tmp_path / "installed" / "app" / "alembic")
    with patcher.store.closed_app(patcher.app.about()) as pointer:
        pointer |= {"current": "e" * 64, "history": ["b" * 64]}
    assert patcher.push().deferred
    shutil.rmtree(patcher.store.folder)
    with pytest.raises(RefusedError, match="not in the store"):
        patcher.roll_back("b")
    patcher.roll_back("base")
    assert patcher.store.pointer()["current"] is None
    (versions / "b.py").write_text('revision = "2"\ndown_revision = "1"\n')
    with patcher.store.closed_app(patcher.app.about()) as pointer:
        pointer |= {"current": "e" * 64}
    with pytest.raises(RefusedError, match=r"new migration \(2\)"):
        patcher.push()


def test_rollback_of_a_closed_app_drops_the_candidate_and_selects_the_last_good_generation(
    tmp_path: Path, package: Path
) -> None:
    patcher = closed(tmp_path, package)
    good = patcher.push().digest
    with patcher.store.closed_app(patcher.app.about()) as pointer:
        pointer |= {"current": good, "history": ["b" * 64], "pending": None}
    (package / "main.py").write_text("three = 3\n")
    assert patcher.store.pointer()["pending"] is None
    patcher.push()
    assert str(patcher.roll_back()) == f"{good[:12]} runs when the app starts"
    pointer = patcher.store.pointer()
    assert (pointer["current"], pointer["pending"], pointer["history"]) == (good, None, ["b" * 64])


def test_status_lists_generations_to_roll_back_to(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patcher = closed(tmp_path, package)
    status(patcher)
    assert "before     nothing" in capsys.readouterr().out
    with patcher.store.closed_app(patcher.app.about()) as pointer:
        pointer |= {"current": "e" * 64, "history": ["b" * 64]}
    status(patcher)
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("before")]
    assert listed == [f"before     {'b' * 12}", f"before     {'0' * 12} (as installed)"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What an app is asked to do whose API is in the first of these, and is the known one until that is changed."""
    asked: list[dict[str, Any]] = [json.loads(drift.DOCUMENT.read_text("utf-8"))]

    def ask(_: App, do: str, **more: Any) -> dict[str, Any]:
        asked.append({"do": do} | more)
        return {"openapi": json.dumps(asked[0])}

    monkeypatch.setattr(App, "ask", ask)
    return asked


def test_changed_api_is_reported_in_terminal_and_window(asked: list[dict[str, Any]], store: Store) -> None:
    asked[0]["paths"]["/new/"] = {"get": {}}
    said: list[str] = []
    drift.report(store.app, said.append)
    assert "+ GET /new/" in said[0]
    assert "generate-client" in asked[-1]["text"]


def test_changed_api_description_is_reported_only_in_the_terminal(asked: list[dict[str, Any]], store: Store) -> None:
    asked[0]["paths"]["/api/v1/users/"]["get"]["description"] = "Other words."
    said: list[str] = []
    drift.report(store.app, said.append)
    assert "~ GET /api/v1/users/, in its description alone\n" in said[0]
    assert asked[-1] == {"do": "drift", "text": None}
    asked[0]["components"]["schemas"]["Changed"] = {"properties": {"description": {"type": "string"}}}
    drift.report(store.app, said.append)
    assert "+ Changed\n" in said[1]
    assert asked[-1]["text"]


def test_field_named_description_counts_as_api_change() -> None:
    known, served = (
        {"components": {"schemas": {"Part": {"description": text, "properties": {"description": {"type": kind}}}}}}
        for text, kind in (("One.", "string"), ("Two.", "null"))
    )
    assert drift.compare(known, served) == ["~ Part"]


def versions(**files: tuple[str, str]) -> Snapshot:
    return Snapshot(
        {
            f"app/alembic/versions/{name}.py": f'revision = "{revision}"\ndown_revision: str | None = '.encode()
            + (f'"{before}"\n' if before else "None\n").encode()
            for name, (revision, before) in files.items()
        }
    )


def test_new_migrations_are_found_and_rewritten_history_is_refused() -> None:
    two = versions(a=("1", ""), b=("2", "1"))
    assert migrations.new_ones(two, two) == []
    assert migrations.new_ones(two, versions(a=("1", ""), b=("2", "1"), c=("3", "2"))) == ["3"]
    with pytest.raises(RefusedError, match="gone"):
        migrations.new_ones(two, versions(a=("1", "")))
    with pytest.raises(RefusedError, match="edited"):
        migrations.new_ones(
            two, Snapshot(two.files | {"app/alembic/versions/b.py": b'revision = "2"\ndown_revision = "1" #'})
        )
    with pytest.raises(RefusedError, match="one head"):
        migrations.new_ones(two, versions(a=("1", ""), b=("2", "1"), c=("3", "1")))
    with pytest.raises(RefusedError, match="not there"):
        migrations.new_ones(two, versions(a=("1", ""), b=("2", "1"), c=("4", "3")))


def test_api_drift_lists_every_difference() -> None:
    known = {"info": {"version": "1"}, "paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {}}}}
    served = {
        "info": {"version": "2"},
        "paths": {"/a": {"get": {"x": 2}, "post": {}}},
        "components": {"schemas": {"New": {}}},
    }
    assert drift.compare(known, served) == ["+ New", "+ POST /a", "- GET /b", "~ GET /a"]
    assert drift.compare(known, known) == []
    assert drift.describe(["+ a"] * 20, "advice").count("\n") == drift.MAX_LINES + 1
