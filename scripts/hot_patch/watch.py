"""Pushes the source whenever it is saved."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from subprocess import SubprocessError

from scripts.hot_patch import drift
from scripts.hot_patch.errors import HotPatchError, NoAppError, NotTakenError
from scripts.hot_patch.patch import Patcher
from scripts.hot_patch.source import Snapshot

LOOK_EVERY_S = 0.02
UNFINISHED_S = 0.3
"""How long a file must stay empty or away to be meant that way: editors empty or remove it before they write."""
SUPERSEDED = "superseded"


def looks_unfinished(now: Snapshot, before: Snapshot) -> bool:
    """Whether a file that held something is empty or gone."""
    return any(content and not now.files.get(name) for name, content in before.files.items())


class Watch:
    """Looks at the source again and again; what can't be taken is said in the terminal and in the window."""

    def __init__(self, patcher: Patcher, say: Callable[[str], None], *, regenerate: bool = False) -> None:
        self.patcher = patcher
        self.say = say
        self.regenerate = regenerate
        self.over = threading.Event()
        self.latest: Snapshot | None = None
        self._checking = threading.Lock()

    def run(self) -> None:
        """Until `over` is set."""
        seen: Snapshot | None = None
        since = 0.0
        while not self.over.wait(LOOK_EVERY_S):
            try:
                now = self.patcher.source.read()
            except OSError:
                continue  # it is just being saved
            except HotPatchError as error:
                if seen is not None:
                    self.tell(error)
                seen = None
                continue
            if now != seen:
                seen, since = now, time.monotonic()
                continue
            # Two looks agree: an editor writes a file in several steps.
            unfinished = self.latest is not None and looks_unfinished(now, self.latest)
            if now != self.latest and (not unfinished or time.monotonic() - since > UNFINISHED_S):
                self.latest = now
                # One that hangs must not hold up the next, which takes its place.
                threading.Thread(target=self.push, args=(now,), name="push", daemon=True).start()

    def push(self, snapshot: Snapshot) -> None:
        """Until the app has the latest; never raises."""
        try:
            done = self.patcher.push(snapshot)
        except NoAppError as error:
            self.say(str(error))
        except HotPatchError as error:
            superseded = isinstance(error, NotTakenError) and error.code == SUPERSEDED
            if superseded and snapshot is self.latest:
                self.push(snapshot)  # by an older one, which was late
            elif not superseded and snapshot is self.latest:
                self.tell(error)
        else:
            if self.latest and snapshot is not self.latest:
                return self.push(self.latest)
            self.say(str(done))
            if done.changed and not done.later:
                self.check_drift()
        return None

    def tell(self, error: HotPatchError) -> None:
        """In the terminal, and in the window unless the app has shown it there itself."""
        self.say("\n".join(filter(None, [error.text.rstrip(), f"Not taken, the code before it goes on: {error}"])))
        if not isinstance(error, NotTakenError) or error.code == "not_usable":
            self.patcher.app.tell("report", title=str(error), text=error.text)

    def check_drift(self) -> None:
        """Say what the clients don't know of the API, and make the TypeScript client anew if asked to."""
        with self._checking, suppress(HotPatchError, OSError, ValueError):
            differences = drift.find(self.patcher.app)
            text = None
            if differences:
                advice = "The clients don't know: make generate-client"
                if self.regenerate:
                    began = time.monotonic()
                    try:
                        drift.regenerate()
                        took = f"{time.monotonic() - began:.0f} s"
                        advice = f"The window's client was made anew in {took}: reload it to use that. For Rust's: make generate-client"
                    except SubprocessError as error:
                        advice = f"The window's client can't be made anew: {getattr(error, 'stderr', None) or error}"
                text = drift.describe(differences, advice)
                self.say(f"The API has changed:\n{text}")
            self.patcher.app.tell("drift", text=text)
