"""Pushes the source whenever it is saved."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import SubprocessError

from scripts.hot_patch import drift, frames
from scripts.hot_patch.errors import HotPatchError, NoAppError, OutdatedError, RejectedError
from scripts.hot_patch.patch import Patcher, PushResult
from scripts.hot_patch.source import Snapshot

POLL_S = 0.02
CONFIRM_AFTER_S = 0.01
"""Delay between two polls that must see the same change."""
UNFINISHED_S = 0.3
"""Seconds that a file must stay empty or missing before it is pushed: editors truncate or remove a file before writing."""
PROBATION_S = 12
"""Slightly longer than the app's own probation."""
SUPERSEDED = "superseded"
APP_ENDED = "app_ended"
SERVER_IN_USE = "server_in_use"


def looks_unfinished(now: Snapshot, before: Snapshot) -> bool:
    """Whether a file that had content is now empty or missing."""
    return any(content and not now.files.get(name) for name, content in before.files.items())


class Watch:
    """Polls the source and pushes each change. Failures are reported in the terminal and in the window."""

    def __init__(self, patcher: Patcher, *, regenerate: bool = False, log_is_shown: bool = False) -> None:
        """`log_is_shown`: the app writes its log to the same terminal, and with it each traceback."""
        self.patcher = patcher
        self.say = patcher.say
        self.regenerate = regenerate
        self.log_is_shown = log_is_shown
        self.over = threading.Event()
        self.latest: Snapshot | None = None
        self.on_serving: Callable[[], None] = lambda: None
        """Called when new code serves requests."""
        self.on_saved: Callable[[list[Path]], None] = lambda _: None
        """Called after each push with the files that were changed since the watch began."""
        self._first: Snapshot | None = None
        self._checking = threading.Lock()

    def run(self) -> None:
        """Watch until `over` is set. Raises RefusedError when another watch patches the same app."""
        with self.patcher.store.watch_lock():
            self._look()

    def _look(self) -> None:
        seen: Snapshot | None = None
        since = 0.0
        wrong = ""
        locked = self.patcher.lock_digest()
        wait = POLL_S
        while not self.over.wait(wait):
            wait = POLL_S
            try:
                now = self.patcher.source.read()
            except OSError:
                continue  # it is just being saved
            except HotPatchError as error:
                if str(error) != wrong:
                    wrong = str(error)
                    self.report_failure(error)
                seen = None
                continue
            wrong = ""
            if (digest := self.patcher.lock_digest()) != locked:
                locked = digest
                self.latest = None  # code refused because of the dependencies may be accepted now
            if now != seen:
                seen, since, wait = now, time.monotonic(), CONFIRM_AFTER_S
                continue
            # Two polls agree: an editor writes a file in several steps.
            unfinished = self.latest is not None and looks_unfinished(now, self.latest)
            if now != self.latest and (not unfinished or time.monotonic() - since > UNFINISHED_S):
                self.latest = now
                self._first = self._first or now
                # A push that hangs must not block its successor.
                threading.Thread(target=self.push, args=(now,), name="push", daemon=True).start()

    def push(self, snapshot: Snapshot) -> None:
        """Push once. The app orders pushes by the time the source was read. Never raises."""
        try:
            done = self._push_once(snapshot)
        except Exception as error:  # no caller reports it
            self.say(f"The edit was not pushed: {error!r}. Save again.")
            done = None
        changed = snapshot.changed_from(self._first or snapshot)
        self.on_saved([self.patcher.folder / name for name in changed if name.endswith(".py")])
        if done and done.changed and not done.deferred and snapshot is self.latest:
            self.on_serving()
            self.check_drift()
            self._monitor_probation(done.digest)

    def _push_once(self, snapshot: Snapshot) -> PushResult | None:
        try:
            done = self.patcher.push(snapshot)
        except NoAppError as error:
            self.say(str(error))
        except OutdatedError:
            # Another command pushed a newer state. If it is identical, the next poll finds it running.
            if snapshot is self.latest:
                self.latest = None
        except HotPatchError as error:
            if snapshot is not self.latest:
                return None
            if isinstance(error, RejectedError) and error.code == SUPERSEDED:
                self.say("Another push or rollback replaced this one. Save again to push this code.")
            else:
                self.report_failure(error)
        else:
            if snapshot is self.latest:
                self.say(str(done))
            return done
        return None

    def report_failure(self, error: HotPatchError) -> None:
        """Report in the terminal, and in the window unless the app already shows it there."""
        nothing_runs = isinstance(error, RejectedError) and error.code in {APP_ENDED, SERVER_IN_USE}
        keeps_running = "" if nothing_runs else " The previous code keeps running."
        text, what = error.text.rstrip(), str(error)
        if isinstance(error, RejectedError) and self.log_is_shown:
            # The app's log above already has the traceback.
            traceback = frames.parse(text, self.patcher.package, [])
            text, what = "", f"{traceback.title}." if traceback else what
        self.say("\n".join(filter(None, [text, f"Not taken: {what}{keeps_running}"])))
        if not isinstance(error, RejectedError) or error.code == "not_usable":
            self.patcher.app.notify("report", title=str(error), text=error.text)

    def _monitor_probation(self, digest: str) -> None:
        """Report a rollback during probation."""
        until = time.monotonic() + PROBATION_S
        while not self.over.wait(1) and time.monotonic() < until:
            try:
                status = self.patcher.app.ask("status")
            except HotPatchError:
                return
            if status["running"] != digest:
                broken = status["broken"]
                if broken and broken["digest"] == digest:
                    self.say(f"{broken['text']}\n{broken['title']}".lstrip())
                return

    def check_drift(self) -> None:
        """Report API drift, and generate the TypeScript client if `regenerate` is set."""
        with self._checking:
            drift.report(self.patcher.app, self.say, regenerate_client if self.regenerate else None)


def regenerate_client() -> str:
    """Generate the TypeScript client. Returns what to do next."""
    began = time.monotonic()
    try:
        drift.regenerate()
    except (SubprocessError, OSError) as error:
        return f"The window's client could not be generated: {getattr(error, 'stderr', None) or error}"
    took = f"{time.monotonic() - began:.0f} s"
    return f"The window's client was generated in {took}: reload it to use that. For Rust's: make generate-client"
