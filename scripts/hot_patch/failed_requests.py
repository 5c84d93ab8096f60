"""Reports requests that fail in the app's code, with the frame in the checkout, in the terminal and in the window."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from scripts.hot_patch import frames
from scripts.hot_patch.app import App
from scripts.hot_patch.errors import AppNotRunningError
from scripts.hot_patch.store import Store

NOTE_NAME = "Failed request"
"""The note's name in the window."""
POLL_S = 0.2


class LogFollower:
    """Reads lines appended to a log file that is rotated by renaming.

    The file is closed after each read, because Windows cannot rename an open file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode, self._position = self._stat()

    def _stat(self) -> tuple[int, int]:
        try:
            info = self.path.stat()
        except OSError:
            return 0, 0
        return info.st_ino, info.st_size

    def read(self) -> Iterator[str]:
        """The complete lines since the last call."""
        inode, size = self._stat()
        if inode != self._inode or size < self._position:
            self._inode, self._position = inode, 0
        if size == self._position:
            return
        with suppress(OSError), self.path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the rest is being written
                self._position += len(line)
                yield line.decode("utf-8", "replace")


class FailedRequests:
    """Follows the backend's log and reports failed requests."""

    def __init__(self, app: App, package: Path, log: Callable[[str], None]) -> None:
        self.app = app
        self.package = package
        self.log = log
        self._follower = LogFollower(app.data_dir / "logs" / "fastapi.log")
        self._last = ""

    def run(self, stop_event: Event) -> None:
        """Follow the log until `stop_event` is set."""
        while not stop_event.wait(POLL_S):
            self.poll()

    def poll(self) -> None:
        """Report failures logged since the last poll; repeated failures once."""
        for line in self._follower.read():
            entry: dict[str, Any] = {}
            with suppress(ValueError):
                entry = json.loads(line)
            if entry.get("level") == "error" and "exception" in entry and (described := self._describe(entry)):
                title, text = described
                if title != self._last:
                    self._last = title
                    self.log(title)
                    self.app.notify("note", name=NOTE_NAME, title=title, text=text)

    def reset(self) -> None:
        """Clear the reported failure, because other code serves now."""
        self._last = ""
        self.app.notify("note", name=NOTE_NAME)

    def _describe(self, entry: dict[str, Any]) -> tuple[str, str] | None:
        traceback = frames.parse(entry["exception"], self.package, self._package_copies())
        if not traceback:
            return None
        message = str(entry.get("message", "")).strip()
        return f"{message}: {traceback.title}", str(traceback)

    def _package_copies(self) -> list[Path]:
        with suppress(AppNotRunningError, OSError):
            info, store = self.app.info(), Store(self.app)
            folders = [info.base_source, *store.folder.glob("[0-9a-f]*")]
            return [folder / self.package.name for folder in folders]
        return []
