"""Pushes the source whenever it is saved."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import SubprocessError

from scripts.hot_patch import drift, frames
from scripts.hot_patch.errors import HotPatchError, NoAppError, NotTakenError, OutdatedError
from scripts.hot_patch.patch import Done, Patcher
from scripts.hot_patch.source import Snapshot

LOOK_EVERY_S = 0.02
CONFIRM_AFTER_S = 0.01
"""Delay between two polls that must see the same change."""
UNFINISHED_S = 0.3
"""How long a file must stay empty or away to be meant that way: editors empty or remove it before they write."""
PROBATION_S = 12
"""A little longer than the app's own."""
SUPERSEDED = "superseded"
APP_ENDED = "app_ended"
SERVER_IN_USE = "server_in_use"


def looks_unfinished(now: Snapshot, before: Snapshot) -> bool:
    """Whether a file that held something is empty or gone."""
    return any(content and not now.files.get(name) for name, content in before.files.items())


class Watch:
    """Looks at the source again and again; what can't be taken is said in the terminal and in the window."""

    def __init__(self, patcher: Patcher, *, regenerate: bool = False, log_is_shown: bool = False) -> None:
        """`log_is_shown`: the app writes its log to the same terminal, and with it each traceback."""
        self.patcher = patcher
        self.say = patcher.say
        self.regenerate = regenerate
        self.log_is_shown = log_is_shown
        self.over = threading.Event()
        self.latest: Snapshot | None = None
        self.on_serving: Callable[[], None] = lambda: None
        """Called when new code has begun to serve."""
        self.on_saved: Callable[[list[Path]], None] = lambda _: None
        """Called after each push with the files that were changed since the watch began."""
        self._first: Snapshot | None = None
        self._checking = threading.Lock()

    def run(self) -> None:
        """Until `over` is set. Raises RefusedError when another watch patches the same app."""
        with self.patcher.store.the_only_watch():
            self._look()

    def _look(self) -> None:
        seen: Snapshot | None = None
        since = 0.0
        wrong = ""
        locked = self.patcher.lock_digest()
        wait = LOOK_EVERY_S
        while not self.over.wait(wait):
            wait = LOOK_EVERY_S
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
                self.latest = None  # what was refused because of the dependencies may be accepted now
            if now != seen:
                seen, since, wait = now, time.monotonic(), CONFIRM_AFTER_S
                continue
            # Two looks agree: an editor writes a file in several steps.
            unfinished = self.latest is not None and looks_unfinished(now, self.latest)
            if now != self.latest and (not unfinished or time.monotonic() - since > UNFINISHED_S):
                self.latest = now
                self._first = self._first or now
                # A push that hangs must not block its successor.
                threading.Thread(target=self.push, args=(now,), name="push", daemon=True).start()

    def push(self, snapshot: Snapshot) -> None:
        """Once; the app keeps the order in which the source was read. Never raises."""
        try:
            done = self._push_once(snapshot)
        except Exception as error:  # no caller reports it
            self.say(f"The edit was not pushed: {error!r}. Save again.")
            done = None
        changed = snapshot.changed_from(self._first or snapshot)
        self.on_saved([self.patcher.folder / name for name in changed if name.endswith(".py")])
        if done and done.changed and not done.later and snapshot is self.latest:
            self.on_serving()
            self.check_drift()
            self._see_through_probation(done.digest)

    def _push_once(self, snapshot: Snapshot) -> Done | None:
        try:
            done = self.patcher.push(snapshot)
        except NoAppError as error:
            self.say(str(error))
        except OutdatedError:
            # Another command pushed a later state. If that is the same, it is found to run at the next look.
            if snapshot is self.latest:
                self.latest = None
        except HotPatchError as error:
            if snapshot is not self.latest:
                return None
            if isinstance(error, NotTakenError) and error.code == SUPERSEDED:
                self.say("Another push or rollback replaced this one. Save again to push this code.")
            else:
                self.report_failure(error)
        else:
            if snapshot is self.latest:
                self.say(str(done))
            return done
        return None

    def report_failure(self, error: HotPatchError) -> None:
        """In the terminal, and in the window unless the app has shown it there itself."""
        nothing_runs = isinstance(error, NotTakenError) and error.code in {APP_ENDED, SERVER_IN_USE}
        keeps_running = "" if nothing_runs else " The previous code keeps running."
        text, what = error.text.rstrip(), str(error)
        if isinstance(error, NotTakenError) and self.log_is_shown:
            # The traceback stands above, in the app's log.
            traceback = frames.parse(text, self.patcher.package, [])
            text, what = "", f"{traceback.title}." if traceback else what
        self.say("\n".join(filter(None, [text, f"Not taken: {what}{keeps_running}"])))
        if not isinstance(error, NotTakenError) or error.code == "not_usable":
            self.patcher.app.notify("report", title=str(error), text=error.text)

    def _see_through_probation(self, digest: str) -> None:
        """Say it if what serves gives way to what ran before."""
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
        """Say what the clients don't know of the API, and generate the TypeScript client if asked to."""
        with self._checking:
            drift.report(self.patcher.app, self.say, remake if self.regenerate else None)


def remake() -> str:
    """Generate the TypeScript client. Returns what to do next."""
    began = time.monotonic()
    try:
        drift.regenerate()
    except (SubprocessError, OSError) as error:
        return f"The window's client could not be generated: {getattr(error, 'stderr', None) or error}"
    took = f"{time.monotonic() - began:.0f} s"
    return f"The window's client was generated in {took}: reload it to use that. For Rust's: make generate-client"
