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
from scripts.hot_patch.app import About, App
from scripts.hot_patch.errors import HotPatchError, NoAppError, OutdatedError, RefusedError
from scripts.hot_patch.source import Snapshot, Source, read_tree
from scripts.hot_patch.store import Store
from scripts.project import ROOT

SOURCE = AppSource.read(ROOT)
CONTRACT_FILE = "backend_host/launch/contract.py"
LOCK_FILE = ROOT / "requirements.lock"
SLOW_PUSH_S = 1.3
"""Seconds after which a push that is still running is reported with the app's status."""
POLL_S = 0.1
_CONTRACT = re.compile(rb"^CONTRACT = (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class PushResult:
    """The result of a push."""

    digest: str
    files: int
    """Number of files that differ from the code that ran before."""
    payload: int
    """Size of these files in bytes."""
    ms: float
    changed: bool = True
    deferred: bool = False
    """Whether no app is running; the next start tries the code."""

    def __str__(self) -> str:
        what = f"{self.files} file{'s' * (self.files != 1)}, {self.payload / 1000:.1f} kB"
        if not self.files:
            what = "the same as before"
        if self.deferred:
            return f"{self.digest[:12]} is tried when the app starts ({what})"
        if not self.changed:
            return f"{self.digest[:12]} runs already"
        return f"{self.digest[:12]} serves after {self.ms:.0f} ms ({what})"


@dataclass(frozen=True)
class RollbackResult:
    """The result of a rollback."""

    digest: str
    deferred: bool = False
    """Whether no app is running; the next start runs the code."""

    def __str__(self) -> str:
        return f"{self.digest[:12]} {'runs when the app starts' if self.deferred else 'serves'}"


@dataclass
class Patcher:
    """Pushes the backend's source to an app, repeatedly."""

    app: App
    folder: Path = SOURCE.folder
    lock_file: Path = LOCK_FILE
    say: Callable[[str], None] = field(default=lambda _: None, kw_only=True)
    """Reports progress during a push."""
    source: Source = field(init=False)
    _trees: dict[str, Snapshot] = field(default_factory=dict)
    """Cached files by digest. Generations are immutable."""
    _lock: tuple[int, int, int] = (0, 0, 0)
    _lock_digest: str = ""

    def __post_init__(self) -> None:
        self.source = Source(self.folder, SOURCE.packages)
        self.store = Store(self.app)

    @property
    def package(self) -> Path:
        """The app's package in the folder, or its module."""
        package = self.folder / SOURCE.module_name
        return package if package.is_dir() else package.with_suffix(".py")

    def push(self, snapshot: Snapshot | None = None, *, again: bool = False, migrate: bool = False) -> PushResult:
        """Push the current source, or `snapshot`, to the app. Raises HotPatchError, having changed nothing.

        `again`: retry code that failed before. `migrate`: allow new migrations, after a dry run on a copy of the database.
        """
        while snapshot is None:
            # Another command may push a newer state of the source first.
            with suppress(OutdatedError):
                return self._push(self.source.read(), again=again, migrate=migrate)
        return self._push(snapshot, again=again, migrate=migrate)

    def _push(self, snapshot: Snapshot, *, again: bool, migrate: bool) -> PushResult:
        began = time.perf_counter()
        about = self.app.about()
        self._check_fit(snapshot, about)
        before = self._running(about)
        changed = snapshot.changed_from(before or Snapshot({}))
        payload = sum(len(snapshot.files[name]) for name in changed)
        snapshot.check(changed, self.folder)
        if before:
            new = migrations.new_ones(before, snapshot)
        else:
            new = migrations.new_since(migration_dry_run.revision(self.app), snapshot)
        if new and not migrate:
            raise RefusedError(
                f"The source has a new migration ({', '.join(new)}). Nothing was changed. To back the database up, try the "
                "migration on a copy and then run it: make hot-patch ARGS=--migrate"
            )
        digest = snapshot.digest
        if digest != about.base_digest:
            self.store.put(snapshot, about, self.folder)
        try:
            if new:
                self.app.ask("status")
                self.say(
                    f"trying {', '.join(new)} on a copy of the database, for {migration_dry_run.TIMEOUT_S} s at most"
                )
                migration_dry_run.run(self.app, about, self.store.source_of(digest, about), self.folder)
                self.store.put(snapshot, about, self.folder)  # the app deletes generations that are not pushed soon
            with self._report_slow_push(digest):
                answer = self.app.ask("push", digest=digest, read_at=snapshot.read_at, again=again, migrate=bool(new))
        except NoAppError:
            if new:
                raise RefusedError("A migration requires a running app to roll back to. Start the app first.") from None
            self._defer(digest, about)
            return PushResult(digest, len(changed), payload, 0, deferred=True)
        ms = (time.perf_counter() - began) * 1000
        self._trees[digest] = snapshot
        return PushResult(digest, len(changed), payload, ms, changed=answer["changed"])

    @contextmanager
    def _report_slow_push(self, digest: str) -> Iterator[None]:
        """Report the app's status during a slow push, such as the line where the candidate hangs."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(POLL_S):
                with suppress(HotPatchError):
                    status = self.app.ask("status")
                    broken = status["broken"]
                    # A push that is no longer pending has failed: the push reports that itself.
                    is_tried = status["state"]["pending"] == digest
                    if broken and broken["digest"] == digest and is_tried and not over.is_set():
                        self.say(f"{broken['text']}\n{broken['title']}".lstrip())
                        return

        looking = threading.Timer(SLOW_PUSH_S, look)
        looking.daemon = True
        looking.start()
        try:
            yield
        finally:
            looking.cancel()
            over.set()

    def lock_digest(self) -> str:
        """SHA-256 of requirements.lock as hex; empty while the file is being replaced."""
        try:
            about = self.lock_file.stat()
            if self._lock != (seen := (about.st_mtime_ns, about.st_size, about.st_ino)) or not self._lock_digest:
                self._lock_digest = hashlib.sha256(self.lock_file.read_bytes()).hexdigest()
                self._lock = seen
        except OSError:
            return ""
        return self._lock_digest

    def _check_fit(self, snapshot: Snapshot, about: About) -> None:
        if self.lock_digest() != about.key["lock"]:
            raise RefusedError(
                "The dependencies have changed since the app was built (requirements.lock), and a patch does not install dependencies. "
                "Close the app and build it again: python3 -m runtime stage, and for an installed one the installer."
            )
        found = _CONTRACT.search(snapshot.files.get(CONTRACT_FILE, b""))
        if not found or int(found[1]) != about.key["contract"]:
            raise RefusedError(
                "The source has another launch contract version than the app's shell. Build the app again: make run, or make build."
            )

    def _running(self, about: About) -> Snapshot | None:
        """The running code; None if the store no longer has it."""
        current = self.store.pointer()["current"] or about.base_digest
        if current not in self._trees:
            try:
                self._trees = {current: read_tree(self.store.source_of(current, about))}
            except OSError:
                return None
        return self._trees[current]

    def _defer(self, digest: str, about: About) -> None:
        with self.store.closed_app(about) as pointer:
            pointer["quarantined"].pop(digest, None)
            pointer |= {"pending": digest, "attempts": 0}
            if digest == about.base_digest:
                pointer |= {"pending": None, "current": None, "history": []}

    def roll_back(self, digest: str | None = None, *, with_database: bool = False) -> RollbackResult:
        """Roll back to the previous generation, or to `digest`. A pending generation counts as the running one. Raises HotPatchError.

        `with_database`: restore the backup from before the migrations that the target does not know. The current database
        becomes a backup.
        """
        about = self.app.about()
        try:
            self.app.ask("status")
            runs = True
        except NoAppError:
            runs = False
        target = self._target(digest, about, runs=runs)
        backup = self._backup_for(target, about, with_database=with_database)
        try:
            restore = {"restore": str(backup)} if backup else {}
            answer = self.app.ask("push", digest=target, read_at=time.monotonic_ns(), **restore)
            return RollbackResult(str(answer["running"]))
        except NoAppError:
            if backup:
                raise RefusedError("The database is restored by the running app. Start the app first.") from None
            with self.store.closed_app(about) as pointer:
                history = pointer["history"]
                remaining = history[: history.index(target)] if target in history else []
                if target == pointer["current"]:
                    pointer["pending"] = None
                else:
                    current = None if target == about.base_digest else target
                    pointer |= {"current": current, "history": remaining, "pending": None, "confirmed": True}
                return RollbackResult(target, deferred=True)

    def _target(self, digest: str | None, about: About, *, runs: bool) -> str:
        pointer = self.store.pointer()
        if digest:
            known = [
                about.base_digest,
                pointer["current"] or about.base_digest,
                *pointer["history"],
                *(path.name for path in self.store.folder.glob("[0-9a-f]*")),
            ]
            return (
                about.base_digest if digest == "base" else next((it for it in known if it.startswith(digest)), digest)
            )
        if not runs and pointer["pending"]:
            return pointer["current"] or about.base_digest
        if not pointer["current"]:
            raise RefusedError("The installed code is running: there is nothing to roll back to.")
        return pointer["history"][-1] if pointer["history"] else about.base_digest

    def _backup_for(self, target: str, about: About, *, with_database: bool) -> Path | None:
        """The backup to restore, if the target lacks migrations of the current database; else None."""
        try:
            wants = migrations.chain(read_tree(self.store.source_of(target, about))).head
        except OSError:
            raise RefusedError(f"Code {target[:12]} is not in the store. make hot-status lists what is.") from None
        running = self._running(about)
        now = migrations.chain(running).head if running else migration_dry_run.revision(self.app)
        if wants == now:
            return None
        if not with_database:
            raise RefusedError(
                f"The database is at {now}, and that code wants {wants}. To restore the database as well, and keep the "
                "current one as a backup: make hot-rollback ARGS=--with-database"
            )
        backup = migration_dry_run.backup_at(self.app, wants)
        if not backup:
            raise RefusedError(f"No backup is left of the database at {wants}. Nothing was changed.")
        return backup
