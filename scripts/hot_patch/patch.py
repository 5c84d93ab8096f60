"""Pushes the backend's source to the app and rolls it back."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from runtime.app_source import AppSource
from scripts.hot_patch import migration_dry_run, migrations
from scripts.hot_patch.app import App, AppInfo
from scripts.hot_patch.errors import AppNotRunningError, HotPatchError, OutdatedError, PreconditionError
from scripts.hot_patch.source import Snapshot, Source, read_tree
from scripts.hot_patch.store import Store
from scripts.project import ROOT

SOURCE = AppSource.read(ROOT)
CONTRACT_FILE = "backend_host/launch/contract.py"
LOCK_FILE = ROOT / "requirements.lock"
SLOW_PUSH_S = 1.3
"""Seconds after which a slow push is reported with the app's status."""
POLL_S = 0.1
_CONTRACT = re.compile(rb"^CONTRACT = (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class PushResult:
    """The result of a push."""

    digest: str
    files: int
    """Number of files that are new, changed or deleted."""
    size_bytes: int
    """Total size of the new and changed files."""
    ms: float
    changed: bool = True
    deferred: bool = False
    """Whether the app is not running: its next start tries the code."""

    def __str__(self) -> str:
        size = f"{self.files} file{'s' * (self.files != 1)}, {self.size_bytes / 1000:.1f} kB"
        if not self.files:
            size = "unchanged"
        if self.deferred:
            return f"{self.digest[:12]} is tried when the app starts ({size})"
        if not self.changed:
            return f"{self.digest[:12]} is already running"
        return f"{self.digest[:12]} serves after {self.ms:.0f} ms ({size})"


@dataclass(frozen=True)
class RollbackResult:
    """The result of a rollback."""

    digest: str
    deferred: bool = False
    """Whether the app is not running: its next start runs the code."""

    def __str__(self) -> str:
        return f"{self.digest[:12]} {'runs when the app starts' if self.deferred else 'serves'}"


@dataclass
class Patcher:
    """Pushes the backend's source to an app and rolls it back."""

    app: App
    folder: Path = SOURCE.folder
    lock_file: Path = LOCK_FILE
    log: Callable[[str], None] = field(default=lambda _: None, kw_only=True)
    """Receives progress messages of a push."""
    source: Source = field(init=False)
    _snapshots: dict[str, Snapshot] = field(default_factory=dict)
    """Cache by digest. Generations are immutable."""
    _lock_stat: tuple[int, int, int] = (0, 0, 0)
    _lock_digest: str = ""

    def __post_init__(self) -> None:
        self.source = Source(self.folder, SOURCE.packages)
        self.store = Store(self.app)

    @property
    def package(self) -> Path:
        """The app's package in `folder`, or its single module."""
        package = self.folder / SOURCE.module_name
        return package if package.is_dir() else package.with_suffix(".py")

    def push(self, snapshot: Snapshot | None = None, *, again: bool = False, migrate: bool = False) -> PushResult:
        """Push the current source, or `snapshot`, to the app. Raises HotPatchError; nothing is changed then.

        `again`: retry code that failed before. `migrate`: allow new migrations, after a dry run on a copy of the database.
        """
        while snapshot is None:
            # Another command may push a newer state of the source first.
            with suppress(OutdatedError):
                return self._push(self.source.read(), again=again, migrate=migrate)
        return self._push(snapshot, again=again, migrate=migrate)

    def _push(self, snapshot: Snapshot, *, again: bool, migrate: bool) -> PushResult:
        began = time.perf_counter()
        info = self.app.info()
        self._check_compatibility(snapshot, info)
        before = self._running_snapshot(info)
        changed = snapshot.changed_from(before or Snapshot({}))
        file_count = len(changed) + len((before or Snapshot({})).files.keys() - snapshot.files.keys())
        size_bytes = sum(len(snapshot.files[name]) for name in changed)
        snapshot.compile_files(changed, self.folder)
        if before:
            new = migrations.new_revisions(before, snapshot)
        else:
            new = migrations.new_revisions_since(migration_dry_run.current_revision(self.app), snapshot)
        if new and not migrate:
            raise PreconditionError(
                f"The source has a new migration ({', '.join(new)}). Nothing was changed. To test it on a copy of the database, "
                "then create a backup and migrate: make hot-patch ARGS=--migrate"
            )
        digest = snapshot.digest
        if digest != info.base_digest:
            self.store.put(snapshot, info, self.folder)
        try:
            if new:
                self.app.request("status")
                self.log(
                    f"testing {', '.join(new)} on a copy of the database ({migration_dry_run.TIMEOUT_S} s at most)"
                )
                migration_dry_run.run(self.app, info, self.store.source_folder(digest, info), self.folder)
                self.store.put(snapshot, info, self.folder)  # the app deletes generations that are not pushed soon
            with self._report_slow_push(digest):
                response = self.app.request(
                    "push", digest=digest, read_at=snapshot.read_at, again=again, migrate=bool(new)
                )
        except AppNotRunningError:
            if new:
                raise PreconditionError(
                    "A migration can only be pushed to a running app. Start the app first."
                ) from None
            self._defer(digest, info)
            return PushResult(digest, file_count, size_bytes, 0, deferred=True)
        ms = (time.perf_counter() - began) * 1000
        self._snapshots[digest] = snapshot
        return PushResult(digest, file_count, size_bytes, ms, changed=response["changed"])

    @contextmanager
    def _report_slow_push(self, digest: str) -> Iterator[None]:
        """Report the app's status during a slow push, such as the line where the candidate hangs."""
        stop_event = threading.Event()

        def poll() -> None:
            while not stop_event.wait(POLL_S):
                with suppress(HotPatchError):
                    status = self.app.request("status")
                    failed = status["failed_edit"]
                    # A push that is no longer pending has failed, and reports that itself.
                    is_pending = status["state"]["pending"] == digest
                    if failed and failed["digest"] == digest and is_pending and not stop_event.is_set():
                        self.log(f"{failed['text']}\n{failed['title']}".lstrip())
                        return

        timer = threading.Timer(SLOW_PUSH_S, poll)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            stop_event.set()

    def lock_digest(self) -> str:
        """SHA-256 of requirements.lock as hex; empty while the file is being replaced."""
        try:
            stat = self.lock_file.stat()
            if self._lock_stat != (seen := (stat.st_mtime_ns, stat.st_size, stat.st_ino)) or not self._lock_digest:
                self._lock_digest = hashlib.sha256(self.lock_file.read_bytes()).hexdigest()
                self._lock_stat = seen
        except OSError:
            return ""
        return self._lock_digest

    def _check_compatibility(self, snapshot: Snapshot, info: AppInfo) -> None:
        if self.lock_digest() != info.key["lock"]:
            raise PreconditionError(
                "The dependencies (requirements.lock) have changed since the app was built, and a patch does not install dependencies. "
                "Close the app and build it again: python3 -m runtime stage, for an installed app also the installer."
            )
        found = _CONTRACT.search(snapshot.files.get(CONTRACT_FILE, b""))
        if not found or int(found[1]) != info.key["contract"]:
            raise PreconditionError(
                "The launch contract version of the source differs from that of the app's shell. Build the app again: make run or make build."
            )

    def _running_snapshot(self, info: AppInfo) -> Snapshot | None:
        """The running code; None if it is not in the store."""
        current = self.store.state()["current"] or info.base_digest
        if current not in self._snapshots:
            try:
                self._snapshots = {current: read_tree(self.store.source_folder(current, info))}
            except OSError:
                return None
        return self._snapshots[current]

    def _defer(self, digest: str, info: AppInfo) -> None:
        with self.store.edit_state(info) as state:
            state["quarantined"].pop(digest, None)
            state |= {"pending": digest, "attempts": 0}
            if digest == info.base_digest:
                state |= {"pending": None, "current": None, "history": []}

    def roll_back(self, digest: str | None = None, *, with_database: bool = False) -> RollbackResult:
        """Roll back to the previous generation, or to `digest`. Raises HotPatchError.

        If the app is not running, a pending generation counts as the running one: the rollback drops it.

        `with_database`: also restore the backup from before the migrations that the target lacks, and save the current
        database as a backup.
        """
        info = self.app.info()
        try:
            self.app.request("status")
            is_running = True
        except AppNotRunningError:
            is_running = False
        target = self._rollback_target(digest, info, is_running=is_running)
        backup = self._backup_for(target, info, with_database=with_database)
        try:
            restore = {"restore": str(backup)} if backup else {}
            response = self.app.request("push", digest=target, read_at=time.monotonic_ns(), **restore)
            return RollbackResult(str(response["running"]))
        except AppNotRunningError:
            if backup:
                raise PreconditionError("Only a running app can restore the database. Start the app first.") from None
            with self.store.edit_state(info) as state:
                history = state["history"]
                remaining = history[: history.index(target)] if target in history else []
                if target == state["current"]:
                    state["pending"] = None
                else:
                    current = None if target == info.base_digest else target
                    state |= {"current": current, "history": remaining, "pending": None, "confirmed": True}
                return RollbackResult(target, deferred=True)

    def _rollback_target(self, digest: str | None, info: AppInfo, *, is_running: bool) -> str:
        state = self.store.state()
        if digest:
            known = [
                info.base_digest,
                state["current"] or info.base_digest,
                *state["history"],
                *(path.name for path in self.store.folder.glob("[0-9a-f]*")),
            ]
            return info.base_digest if digest == "base" else next((it for it in known if it.startswith(digest)), digest)
        if not is_running and state["pending"]:
            return state["current"] or info.base_digest
        if not state["current"]:
            raise PreconditionError("The installed code is running: there is no earlier code to roll back to.")
        return state["history"][-1] if state["history"] else info.base_digest

    def _backup_for(self, target: str, info: AppInfo, *, with_database: bool) -> Path | None:
        """The backup to restore, if the target lacks migrations of the current database; else None."""
        try:
            required = migrations.chain(read_tree(self.store.source_folder(target, info))).head
        except OSError:
            raise PreconditionError(
                f"Code {target[:12]} is not in the store. make hot-status lists the stored code."
            ) from None
        running = self._running_snapshot(info)
        current = migrations.chain(running).head if running else migration_dry_run.current_revision(self.app)
        if required == current:
            return None
        if not with_database:
            raise PreconditionError(
                f"The database is at revision {current}, but that code requires {required}. To restore the database as well, and "
                "save the current one as a backup: make hot-rollback ARGS=--with-database"
            )
        backup = migration_dry_run.find_backup(self.app, required)
        if not backup:
            raise PreconditionError(f"There is no backup of the database at revision {required}. Nothing was changed.")
        return backup
