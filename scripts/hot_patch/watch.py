"""Pushes the source at each save."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import SubprocessError

from scripts.hot_patch import api_changes, frames
from scripts.hot_patch.errors import AppNotRunningError, HotPatchError, OutdatedError, RejectedError
from scripts.hot_patch.patch import Patcher, PushResult
from scripts.hot_patch.source import Snapshot

POLL_S = 0.02
CONFIRM_AFTER_S = 0.01
"""Delay between two polls that must find the same change."""
UNFINISHED_S = 0.3
"""An empty or missing file is pushed only after this many seconds, because editors truncate or remove a file before writing it."""
PROBATION_S = 12
"""Slightly longer than the app's probation."""
SUPERSEDED = "superseded"
APP_ENDED = "app_ended"
SERVER_IN_USE = "server_in_use"


def looks_unfinished(now: Snapshot, before: Snapshot) -> bool:
    """Whether a file that had content is now empty or missing."""
    return any(content and not now.files.get(name) for name, content in before.files.items())


class Watch:
    """Polls the source and pushes each change. Failures are reported in the terminal and in the window."""

    def __init__(self, patcher: Patcher, *, regenerate: bool = False, shows_app_log: bool = False) -> None:
        """`shows_app_log`: the app writes its log, including tracebacks, to the same terminal."""
        self.patcher = patcher
        self.log = patcher.log
        self.regenerate = regenerate
        self.shows_app_log = shows_app_log
        self.stop_event = threading.Event()
        self.latest: Snapshot | None = None
        self.on_serving: Callable[[], None] = lambda: None
        """Called when new code serves requests."""
        self.on_pushed: Callable[[list[Path]], None] = lambda _: None
        """Called after each push with the files that were changed since the watch began."""
        self._initial: Snapshot | None = None
        self._report_lock = threading.Lock()

    def run(self) -> None:
        """Watch until `stop_event` is set. Raises PreconditionError when another watch patches the same app."""
        with self.patcher.store.watch_lock():
            self._poll()

    def _poll(self) -> None:
        seen: Snapshot | None = None
        seen_at = 0.0
        reported_error = ""
        lock_digest = self.patcher.lock_digest()
        wait = POLL_S
        while not self.stop_event.wait(wait):
            wait = POLL_S
            try:
                now = self.patcher.source.read()
            except OSError:
                continue  # a file is being replaced
            except HotPatchError as error:
                if str(error) != reported_error:
                    reported_error = str(error)
                    self.report_failure(error)
                seen = None
                continue
            reported_error = ""
            if (digest := self.patcher.lock_digest()) != lock_digest:
                lock_digest = digest
                self.latest = None  # code that was refused because of the dependencies may be accepted now
            if now != seen:
                seen, seen_at, wait = now, time.monotonic(), CONFIRM_AFTER_S
                continue
            # Two polls must agree, because an editor writes a file in several steps.
            unfinished = self.latest is not None and looks_unfinished(now, self.latest)
            if now != self.latest and (not unfinished or time.monotonic() - seen_at > UNFINISHED_S):
                self.latest = now
                self._initial = self._initial or now
                # A push that hangs must not block the next one.
                threading.Thread(target=self.push, args=(now,), name="push", daemon=True).start()

    def push(self, snapshot: Snapshot) -> None:
        """Push once. The app orders pushes by the time at which the source was read. Does not raise."""
        try:
            done = self._push_once(snapshot)
        except Exception as error:  # no caller handles it
            self.log(f"The edit was not pushed: {error!r}. Save again.")
            done = None
        changed = snapshot.changed_from(self._initial or snapshot)
        self.on_pushed([self.patcher.folder / name for name in changed if name.endswith(".py")])
        if done and done.changed and not done.deferred and snapshot is self.latest:
            self.on_serving()
            self.report_api_changes()
            self._monitor_probation(done.digest)

    def _push_once(self, snapshot: Snapshot) -> PushResult | None:
        try:
            done = self.patcher.push(snapshot)
        except AppNotRunningError as error:
            self.log(str(error))
        except OutdatedError:
            # Another command pushed a newer state. The next poll pushes again, which changes nothing if that code is the same.
            if snapshot is self.latest:
                self.latest = None
        except HotPatchError as error:
            if snapshot is not self.latest:
                return None
            if isinstance(error, RejectedError) and error.code == SUPERSEDED:
                self.log("Another push or rollback replaced this one. Save again to push this code.")
            else:
                self.report_failure(error)
        else:
            if snapshot is self.latest:
                self.log(str(done))
            return done
        return None

    def report_failure(self, error: HotPatchError) -> None:
        """Report in the terminal, and in the window unless the app already shows it there."""
        is_stopped = isinstance(error, RejectedError) and error.code in {APP_ENDED, SERVER_IN_USE}
        keeps_running = "" if is_stopped else " The previous code keeps running."
        text, message = error.text.rstrip(), str(error)
        if isinstance(error, RejectedError) and self.shows_app_log:
            # The app's log already contains the traceback.
            traceback = frames.parse(text, self.patcher.package, [])
            text, message = "", f"{traceback.title}." if traceback else message
        self.log("\n".join(filter(None, [text, f"Not applied: {message}{keeps_running}"])))
        if not isinstance(error, RejectedError) or error.code in {"not_usable", "not_saved"}:
            self.patcher.app.notify("report", title=str(error), text=error.text)

    def _monitor_probation(self, digest: str) -> None:
        """Report a rollback during probation."""
        until = time.monotonic() + PROBATION_S
        while not self.stop_event.wait(1) and time.monotonic() < until:
            try:
                status = self.patcher.app.request("status")
            except HotPatchError:
                return
            if status["running"] != digest:
                failed = status["failed_edit"]
                if failed and failed["digest"] == digest:
                    self.log(f"{failed['text']}\n{failed['title']}".lstrip())
                return

    def report_api_changes(self) -> None:
        """Report API changes, and generate the TypeScript client if `regenerate` is set."""
        with self._report_lock:
            api_changes.report(self.patcher.app, self.log, regenerate_client if self.regenerate else None)


def regenerate_client() -> str:
    """Generate the TypeScript client. Returns advice."""
    started = time.monotonic()
    try:
        api_changes.regenerate_client()
    except (SubprocessError, OSError) as error:
        return f"The TypeScript client could not be generated: {getattr(error, 'stderr', None) or error}"
    duration = f"{time.monotonic() - started:.0f} s"
    return f"The TypeScript client was generated in {duration}. Reload the window to use it. For the Rust client: make generate-client"
