"""Parts of hot patching, without a window: source, store, migrations, API changes."""

import json
import os
import queue
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.host import application
from harness.app import ROOT
from harness.waiting import wait_until
from scripts.hot_patch import api_changes, migration_dry_run, migrations, patch
from scripts.hot_patch.__main__ import print_status
from scripts.hot_patch.app import App, AppInfo
from scripts.hot_patch.errors import AppNotRunningError, CompileError, OutdatedError, PreconditionError, RejectedError
from scripts.hot_patch.patch import CONTRACT_FILE, LOCK_FILE, SOURCE, Patcher, PushResult
from scripts.hot_patch.program import program_arguments, program_code
from scripts.hot_patch.source import Snapshot, Source, read_tree
from scripts.hot_patch.store import Store
from scripts.hot_patch.watch import Watch, looks_unfinished

resource = pytest.importorskip("resource", reason="hot patching is not tested on Windows")
KEY = {"lock": "", "contract": 1}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout" / "app"
    (folder / "core").mkdir(parents=True)
    (folder / "main.py").write_text("one = 1\n")
    (folder / "core" / "db.py").write_text("two = 2\n")
    return folder


@pytest.fixture
def info(tmp_path: Path) -> AppInfo:
    return AppInfo(1, "secret", KEY, "0" * 64, tmp_path / "installed", Path(sys.executable), "/api/v1")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(App(tmp_path / "data"))


def test_source_digest_equals_the_digest_reported_by_the_app() -> None:
    assert f"sha256:{read_tree(SOURCE.folder, SOURCE.packages).digest}" == application.code_digest()


class CoarseSource(Source):
    """On a file system with mtimes in seconds."""

    def _walk(self) -> dict[str, tuple[int, int, int, int]]:
        second = 1_000_000_000
        return {name: (at // second * second, size, inode, 0) for name, (at, size, inode, _) in super()._walk().items()}


def test_edit_with_same_size_and_mtime_is_detected(package: Path) -> None:
    source = CoarseSource(package.parent)
    before = source.read()
    file = package / "main.py"
    info = file.stat()
    with file.open("r+") as opened:  # the same inode
        opened.write("one = 7\n")
    os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))
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


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_name_that_is_not_utf8_is_refused(package: Path) -> None:
    (package / os.fsdecode(b"d\xff.txt")).write_text("")
    with pytest.raises(PreconditionError, match=r"d\\udcff\.txt' is not UTF-8"):
        Source(package.parent).read()


def test_symlink_in_source_is_refused(package: Path) -> None:
    (package / "link.py").symlink_to("/etc/passwd")
    with pytest.raises(PreconditionError, match="link"):
        read_tree(package.parent)


def test_oversized_source_file_is_refused(package: Path) -> None:
    with (package / "data.bin").open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(PreconditionError, match="10 MB"):
        read_tree(package.parent)


@pytest.mark.parametrize("text", ["def (\n", "x = '\0'\n", "\tx = 1\n  y = 2\n"])
def test_compile_error_names_the_file(package: Path, text: str) -> None:
    (package / "main.py").write_text(text)
    snapshot = read_tree(package.parent)
    with pytest.raises(CompileError, match=r"main\.py"):
        snapshot.compile_files(["app/main.py"], package.parent)
    snapshot.compile_files(["app/core/db.py"], package.parent)


def test_generation_is_stored_completely_and_restored_after_modification(
    store: Store, info: AppInfo, package: Path
) -> None:
    snapshot = read_tree(package.parent)
    folder = store.put(snapshot, info, package.parent)
    assert read_tree(folder).digest == snapshot.digest == folder.name
    (folder / "app" / "main.py").write_text("tampered = True\n")
    assert read_tree(store.put(snapshot, info, package.parent)).digest == snapshot.digest
    another = AppInfo(
        1, "secret", {"lock": "another"}, info.base_digest, info.base_source, info.interpreter, info.api_path
    )
    store.put(snapshot, another, package.parent)
    assert json.loads((folder / "generation.json").read_text())["key"] == another.key


def test_concurrent_pushes_never_remove_a_finished_generation(store: Store, info: AppInfo, package: Path) -> None:
    for number in range(40):
        (package / f"module_{number}.py").write_text(f"value = {number}\n")
    snapshot = read_tree(package.parent)
    ready = threading.Barrier(4)

    def put() -> list[str]:
        ready.wait()
        return [read_tree(store.put(snapshot, info, package.parent)).digest for _ in range(10)]

    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(put) for _ in range(4)]
            assert {digest for one in found for digest in one.result()} == {snapshot.digest}
        assert [path.name for path in store.folder.iterdir()] == [snapshot.digest]
        shutil.rmtree(store.folder)


def test_full_disk_is_reported_and_leaves_no_files(store: Store, info: AppInfo, package: Path) -> None:
    (package / "main.py").write_text("x" * 100_000)
    snapshot = read_tree(package.parent)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(PreconditionError, match="Check the folder"):
            store.put(snapshot, info, package.parent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(store.folder.iterdir()) == []


@pytest.fixture
def read_only_app(package: Path) -> Iterator[Patcher]:
    """Patcher of a closed app with a read-only hot/ folder. Runs as an unprivileged user, because file modes do not restrict root."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        folder.chmod(0o755)
        patcher = closed_app_patcher(folder, Path(shutil.copytree(package, folder / "checkout" / "app")))
        patcher.app.hot_dir.chmod(0o555)
        euid = os.geteuid()
        if euid == 0:
            os.seteuid(65534)
        yield patcher
        os.seteuid(euid)
        patcher.app.hot_dir.chmod(0o755)


def test_read_only_store_is_reported_with_the_fix(read_only_app: Patcher) -> None:
    info = read_only_app.app.info()
    with pytest.raises(PreconditionError, match=r"Change the folder's owner.* Nothing was changed"):
        read_only_app.push()
    with pytest.raises(PreconditionError, match="Change the folder's owner"), read_only_app.store.edit_state(info):
        pass
    with pytest.raises(PreconditionError, match="Change the folder's owner"):
        Watch(read_only_app).run()


def test_lock_is_held_while_the_state_of_a_closed_app_is_edited(store: Store, info: AppInfo) -> None:
    store.app.hot_dir.mkdir(parents=True)
    with store.edit_state(info) as state:
        state["pending"] = "1"
        setup = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.path.append({str(Path(pytest.__file__).parents[1])!r})\n"
        try_lock = (
            f"{setup}from pathlib import Path\nfrom scripts.hot_patch.store import _try_lock\n"
            f"sys.exit(_try_lock(open({str(store.app.hot_dir / 'lock')!r}, 'a')))"
        )
        subprocess.run([sys.executable, "-I", "-B", "-c", try_lock], check=True)
    assert store.state()["pending"] == "1"
    assert store.state()["key"] == KEY


def test_push_reports_an_app_that_never_ran(tmp_path: Path) -> None:
    with pytest.raises(AppNotRunningError, match="--data-dir"):
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
    app.hot_dir.mkdir()
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
    (app.hot_dir / "app.json").write_text(json.dumps(written))
    with pytest.raises(PreconditionError, match=message):
        Patcher(app).push()
    (app.hot_dir / "app.json").write_text(json.dumps(written | {"key": key}))
    assert Patcher(app).push().deferred


def test_empty_or_missing_file_counts_as_being_written() -> None:
    before = Snapshot({"a.py": b"1", "empty.py": b""})
    assert looks_unfinished(Snapshot({"a.py": b"", "empty.py": b""}), before)
    assert looks_unfinished(Snapshot({"empty.py": b""}), before)
    assert not looks_unfinished(Snapshot({"a.py": b"2", "new.py": b""}), before)


def test_unreadable_source_is_reported_once_and_pushed_when_it_is_readable(store: Store, package: Path) -> None:
    messages: queue.Queue[str] = queue.Queue()
    watch = Watch(patcher := Patcher(store.app, package.parent, log=messages.put))
    readable, read = threading.Event(), patcher.source._read

    def read_if_readable() -> Snapshot:
        if not readable.is_set():
            raise PermissionError(13, "Permission denied", "secret.txt")
        return read()

    patcher.source._read = read_if_readable  # type: ignore[method-assign]
    patcher.push = lambda snapshot: PushResult(snapshot.digest, 1, 1, 1, deferred=True)  # type: ignore[method-assign,misc,assignment]
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        assert "Permission denied: 'secret.txt'. Check its permissions." in messages.get(timeout=20)
        readable.set()
        assert "Permission denied" not in messages.get(timeout=20)
    finally:
        watch.stop_event.set()
        thread.join()


def test_second_watch_is_refused(store: Store, package: Path) -> None:
    patcher = Patcher(store.app, package.parent)
    with store.watch_lock(), pytest.raises(PreconditionError, match="already watches"):
        Watch(patcher).run()


def test_superseded_push_is_not_repeated(store: Store, package: Path) -> None:
    messages: list[str] = []
    pushed: list[Snapshot] = []
    watch = Watch(patcher := Patcher(store.app, package.parent, log=messages.append))
    watch.latest = read_tree(package.parent)

    def superseded(snapshot: Snapshot) -> None:
        pushed.append(snapshot)
        raise RejectedError("superseded", "A newer version was pushed.")

    patcher.push = superseded  # type: ignore[method-assign,assignment]
    watch.push(watch.latest)
    assert len(pushed) == 1
    assert "Save again" in messages[0]


def test_push_older_than_the_served_one_is_repeated_with_current_source(store: Store, package: Path) -> None:
    messages: queue.Queue[str] = queue.Queue()
    watch = Watch(patcher := Patcher(store.app, package.parent, log=messages.put))
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
        assert "is tried when the app starts" in messages.get(timeout=20)
    finally:
        watch.stop_event.set()
        thread.join()
    assert read_at[0] < read_at[1]

    read_at.clear()
    assert patcher.push().deferred  # as make hot-patch
    assert read_at[0] < read_at[1]


@pytest.mark.parametrize("is_pending", [True, False])
def test_slow_push_is_reported_and_failed_push_is_reported_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_pending: bool
) -> None:
    messages: list[str] = []
    requests: queue.Queue[str] = queue.Queue()
    failed = {"digest": "0", "title": "title", "text": "traceback"}

    def request(_: App, command: str) -> dict[str, Any]:
        requests.put(command)
        return {"failed_edit": failed, "state": {"pending": "0" if is_pending else None}}

    monkeypatch.setattr(App, "request", request)
    monkeypatch.setattr(patch, "SLOW_PUSH_S", 0)
    with Patcher(store.app, log=messages.append)._report_slow_push("0"):
        requests.get(timeout=20)
        if not is_pending:
            requests.get(timeout=20)  # it continues to poll
        wait_until(lambda: messages or not is_pending)
    assert messages == (["traceback\ntitle"] if is_pending else [])


def test_unexpected_error_is_reported(store: Store, package: Path) -> None:
    messages: list[str] = []
    watch = Watch(patcher := Patcher(store.app, package.parent, log=messages.append))

    def fail(_: Snapshot) -> None:
        raise MemoryError

    patcher.push = fail  # type: ignore[method-assign,assignment]
    watch.push(read_tree(package.parent))
    assert "MemoryError" in messages[0]


@pytest.mark.parametrize("code", ["not_usable", "not_saved"])
def test_push_refused_before_its_start_is_reported_in_the_window(
    store: Store, package: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    titles: list[str] = []
    monkeypatch.setattr(App, "notify", lambda *_, **parameters: titles.append(parameters["title"]))
    watch = Watch(Patcher(store.app, package.parent, log=lambda _: None))
    watch.report_failure(RejectedError(code, "The code was not started."))
    assert titles == ["The code was not started."]


def test_push_refused_for_dependencies_is_retried_when_they_are_restored(
    store: Store, package: Path, tmp_path: Path
) -> None:
    lock_file = tmp_path / "requirements.lock"

    def write(text: str) -> None:
        """Replace the lock file: the watch must not read an empty one."""
        (tmp_path / "new").write_text(text)
        (tmp_path / "new").replace(lock_file)

    write("as built")
    messages: queue.Queue[str] = queue.Queue()
    watch = Watch(patcher := Patcher(store.app, package.parent, lock_file, log=messages.put))
    built_with = patcher.lock_digest()

    def push(_: Snapshot) -> PushResult:
        if patcher.lock_digest() != built_with:
            raise PreconditionError("The dependencies have changed.")
        return PushResult("0" * 64, 1, 1, 1, deferred=True)

    patcher.push = push  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        assert "is tried when the app starts" in messages.get(timeout=20)
        write("with one more package")
        assert "The dependencies have changed" in messages.get(timeout=20)
        write("as built")
        assert "is tried when the app starts" in messages.get(timeout=20)
    finally:
        watch.stop_event.set()
        thread.join()


def test_api_changes_are_detected_after_interrupted_client_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text("{}")
    monkeypatch.setattr(api_changes, "DOCUMENT", document)
    monkeypatch.setattr(api_changes, "CLIENT", tmp_path / "file" / "client")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError):  # noqa: PT011 (the type depends on the system)
        api_changes.regenerate_client()
    assert document.read_text() == "{}"


def test_failed_start_log_ends_with_the_error_without_a_thread_dump(tmp_path: Path) -> None:
    (package := tmp_path / "app").mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import threading\nthreading.Timer(2, print).start()  # outlives the dump's delay\nraise ValueError('broken')\n"
    )
    run = ["-c", program_code(with_debugger=True), *program_arguments(tmp_path, tmp_path / "checkout")]
    command = [sys.executable, "-I", "-B", *run]
    ran = subprocess.run(command, env={"CANDIDATE": "true"}, capture_output=True, text=True)
    assert ran.stderr.rstrip().endswith("ValueError: broken")
    assert f'File "{tmp_path}/checkout/app/__main__.py", line 3' in ran.stderr  # the edited file
    assert "Thread 0x" not in ran.stderr


def closed_app_patcher(tmp_path: Path, package: Path) -> Patcher:
    """Patcher of an app that is not running and was built from other source than `package`."""
    import hashlib

    app = App(tmp_path / "data")
    app.hot_dir.mkdir(parents=True)
    lock = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    (tmp_path / "installed" / "app").mkdir(parents=True)
    base = {"digest": "0" * 64, "source": str(tmp_path / "installed")}
    info = {
        "port": 9,
        "token": "",
        "key": {"lock": lock, "contract": 1},
        "base": base,
        "interpreter": sys.executable,
        "api_path": "",
    }
    (app.hot_dir / "app.json").write_text(json.dumps(info))
    (package.parent / CONTRACT_FILE).parent.mkdir(parents=True, exist_ok=True)
    (package.parent / CONTRACT_FILE).write_text("CONTRACT = 1\n")
    with closing(sqlite3.connect(app.data_dir / "app.db")) as database:
        database.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('1')")
    return Patcher(app, package.parent)


def test_push_and_rollback_work_when_the_store_was_deleted(tmp_path: Path, package: Path) -> None:
    versions = package / "alembic" / "versions"
    versions.mkdir(parents=True)
    (versions / "a.py").write_text('revision = "1"\ndown_revision = None\n')
    patcher = closed_app_patcher(tmp_path, package)
    shutil.copytree(package / "alembic", tmp_path / "installed" / "app" / "alembic")
    with patcher.store.edit_state(patcher.app.info()) as state:
        state |= {"current": "e" * 64, "history": ["b" * 64]}
    assert patcher.push().deferred
    shutil.rmtree(patcher.store.folder)
    with pytest.raises(PreconditionError, match="not in the store"):
        patcher.roll_back("b")
    patcher.roll_back("base")
    assert patcher.store.state()["current"] is None
    (versions / "b.py").write_text('revision = "2"\ndown_revision = "1"\n')
    with patcher.store.edit_state(patcher.app.info()) as state:
        state |= {"current": "e" * 64}
    with pytest.raises(PreconditionError, match=r"new migration \(2\)"):
        patcher.push()


def test_rollback_of_a_closed_app_drops_the_candidate_and_selects_the_last_good_generation(
    tmp_path: Path, package: Path
) -> None:
    patcher = closed_app_patcher(tmp_path, package)
    good = patcher.push().digest
    with patcher.store.edit_state(patcher.app.info()) as state:
        state |= {"current": good, "history": ["b" * 64], "pending": None}
    (package / "main.py").write_text("three = 3\n")
    assert patcher.store.state()["pending"] is None
    patcher.push()
    assert str(patcher.roll_back()) == f"{good[:12]} runs when the app starts"
    state = patcher.store.state()
    assert (state["current"], state["pending"], state["history"]) == (good, None, ["b" * 64])


def test_status_lists_generations_to_roll_back_to(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patcher = closed_app_patcher(tmp_path, package)
    print_status(patcher)
    assert "previous   none" in capsys.readouterr().out
    with patcher.store.edit_state(patcher.app.info()) as state:
        state |= {"current": "e" * 64, "history": ["b" * 64]}
    print_status(patcher)
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("previous")]
    assert listed == [f"previous   {'b' * 12}", f"previous   {'0' * 12} (as installed)"]


def test_status_shows_the_journal_without_an_incomplete_last_line(
    tmp_path: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patcher = closed_app_patcher(tmp_path, package)
    entry = json.dumps({"at": 0, "what": "failed", "digest": None, "why": "line\u2028separator"}, ensure_ascii=False)
    (patcher.app.hot_dir / "journal.jsonl").write_text(f'{entry}\n{{"at":17961', encoding="utf-8")
    print_status(patcher)
    assert capsys.readouterr().out.endswith("failed  line\u2028separator\n")


@pytest.fixture
def served_api() -> dict[str, Any]:
    """The OpenAPI document that the app serves: at first frontend/openapi.json."""
    document: dict[str, Any] = json.loads(api_changes.DOCUMENT.read_text("utf-8"))
    return document


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch, served_api: dict[str, Any]) -> list[dict[str, Any]]:
    """Requests that the app receives."""
    requests: list[dict[str, Any]] = []

    def request(_: App, command: str, **parameters: Any) -> dict[str, Any]:
        requests.append({"command": command} | parameters)
        return {"openapi": json.dumps(served_api)}

    monkeypatch.setattr(App, "request", request)
    return requests


def test_changed_api_is_reported_in_terminal_and_window(
    requests: list[dict[str, Any]], served_api: dict[str, Any], store: Store
) -> None:
    served_api["paths"]["/new/"] = {"get": {}}
    messages: list[str] = []
    api_changes.report(store.app, messages.append)
    assert "+ GET /new/" in messages[0]
    assert "generate-client" in requests[-1]["text"]


def test_changed_api_description_is_reported_only_in_the_terminal(
    requests: list[dict[str, Any]], served_api: dict[str, Any], store: Store
) -> None:
    served_api["paths"]["/api/v1/users/"]["get"]["description"] = "Other words."
    messages: list[str] = []
    api_changes.report(store.app, messages.append)
    assert "~ GET /api/v1/users/, description only\n" in messages[0]
    assert requests[-1] == {"command": "api_changes", "text": None}
    served_api["components"]["schemas"]["Changed"] = {"properties": {"description": {"type": "string"}}}
    api_changes.report(store.app, messages.append)
    assert "+ Changed\n" in messages[1]
    assert requests[-1]["text"]


def test_field_named_description_counts_as_api_change() -> None:
    known, served = (
        {"components": {"schemas": {"Part": {"description": text, "properties": {"description": {"type": kind}}}}}}
        for text, kind in (("One.", "string"), ("Two.", "null"))
    )
    assert api_changes.compare(known, served) == ["~ Part"]


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
    assert migrations.new_revisions(two, two) == []
    assert migrations.new_revisions(two, versions(a=("1", ""), b=("2", "1"), c=("3", "2"))) == ["3"]
    with pytest.raises(PreconditionError, match="deleted"):
        migrations.new_revisions(two, versions(a=("1", "")))
    with pytest.raises(PreconditionError, match="edited"):
        migrations.new_revisions(
            two, Snapshot(two.files | {"app/alembic/versions/b.py": b'revision = "2"\ndown_revision = "1" #'})
        )
    with pytest.raises(PreconditionError, match="Only one head"):
        migrations.new_revisions(two, versions(a=("1", ""), b=("2", "1"), c=("3", "1")))
    with pytest.raises(PreconditionError, match="down_revision 3 does not exist"):
        migrations.new_revisions(two, versions(a=("1", ""), b=("2", "1"), c=("4", "3"), d=("5", "4")))
    with pytest.raises(PreconditionError, match="Two migrations have the revision 1"):
        migrations.new_revisions(two, versions(a=("1", ""), b=("2", "1"), c=("1", "2")))
    with pytest.raises(PreconditionError, match="cycle: 3, 4"):
        migrations.new_revisions(two, versions(a=("1", ""), b=("2", "1"), c=("3", "4"), d=("4", "3")))


def test_migration_dry_run_passes_systemroot_to_the_interpreter(
    tmp_path: Path, package: Path, info: AppInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows loads no network library without it."""
    monkeypatch.setenv("SYSTEMROOT", "C:/Windows")
    (interpreter := tmp_path / "python3").write_text(
        '#!/bin/sh\necho "{\\"event\\": \\"failed\\", \\"message\\": \\"$SYSTEMROOT\\"}"\n'
    )
    interpreter.chmod(0o755)
    patcher = closed_app_patcher(tmp_path, package)
    with pytest.raises(RejectedError, match="C:/Windows"):
        migration_dry_run.run(patcher.app, replace(info, interpreter=interpreter), package.parent, package.parent)


def test_every_api_change_is_listed() -> None:
    known = {"info": {"version": "1"}, "paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {}}}}
    served = {
        "info": {"version": "2"},
        "paths": {"/a": {"get": {"x": 2}, "post": {}}},
        "components": {"schemas": {"New": {}}},
    }
    assert api_changes.compare(known, served) == ["+ New", "+ POST /a", "- GET /b", "~ GET /a"]
    assert api_changes.compare(known, known) == []
    assert api_changes.describe(["+ a"] * 20, "advice").count("\n") == api_changes.MAX_LINES + 1
