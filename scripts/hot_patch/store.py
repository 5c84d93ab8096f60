"""Generations of code in the app's `hot/` folder. src-tauri/crates/tauri-plugin-python-backend/src/hot/store.rs selects the one to run."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scripts.hot_patch.app import App, AppInfo
from scripts.hot_patch.errors import PreconditionError, StoreWriteError
from scripts.hot_patch.source import GENERATION_FILE, Snapshot, read_tree

FORMAT = 1
LOCK_POLL_S = 0.02
"""Interval between attempts to lock on Windows, whose blocking lock polls only once per second."""
ABANDONED_S = 3_600
"""Age in seconds after which an incomplete generation is deleted: its process was killed."""


@dataclass(frozen=True)
class Store:
    """Writes generations to the app's store."""

    app: App

    @property
    def folder(self) -> Path:
        return self.app.hot_dir / "store"

    def source_folder(self, digest: str, info: AppInfo) -> Path:
        """The folder with the packages of a generation or of the installed app."""
        return info.base_source if digest == info.base_digest else self.folder / digest

    def put(self, snapshot: Snapshot, info: AppInfo, origin: Path) -> Path:
        """Store the code atomically and return its folder. Raises StoreWriteError."""
        target = self.folder / snapshot.digest
        # The lock serializes concurrent pushes of the same generation.
        with self._open_lock_file("store.lock") as lock:
            _wait_for_lock(lock)
            if not self._is_stored(target, snapshot, info):
                self._write(target, snapshot, info, origin)
        return target

    def _write(self, target: Path, snapshot: Snapshot, info: AppInfo, origin: Path) -> None:
        partial = None
        try:
            self._delete_abandoned()
            partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=self.folder))
            self._write_files(partial, snapshot)
            generation = {"key": info.key, "origin": str(origin), "at": int(time.time())}
            (partial / GENERATION_FILE).write_text(json.dumps(generation), "utf-8")
            if target.exists():
                # Its files were changed, or it was stored for another build.
                replaced = tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=self.folder)
                os.replace(target, Path(replaced, "generation"))  # Windows replaces no folder, even an empty one
            os.replace(partial, target)
        except OSError as error:
            raise StoreWriteError(self.folder, error) from error
        finally:
            if partial:
                shutil.rmtree(partial, ignore_errors=True)

    def _write_files(self, folder: Path, snapshot: Snapshot) -> None:
        """Write the files. Unchanged ones are hard links to those of the current generation, which is eight times as fast."""
        current = self.state()["current"]  # never links to the installed code, which may be edited in place
        for parent in {os.path.dirname(name) for name in snapshot.files}:
            (folder / parent).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in snapshot.files.items():
            path = os.path.join(folder, name)
            if not current or not _link(os.path.join(self.folder, current, name), path, content):
                Path(path).write_bytes(content)

    def _is_stored(self, target: Path, snapshot: Snapshot, info: AppInfo) -> bool:
        try:
            key = json.loads((target / GENERATION_FILE).read_text("utf-8"))["key"]
            return bool(key == info.key) and read_tree(target).files == snapshot.files
        except (OSError, ValueError, KeyError, PreconditionError):
            return False

    def _delete_abandoned(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self.folder.glob(".*.tmp"):
            if leftover.stat().st_mtime < time.time() - ABANDONED_S:
                shutil.rmtree(leftover, ignore_errors=True)

    def state(self) -> dict[str, Any]:
        """Content of `hot/state.json`, which selects the generation to run. Missing keys have their defaults."""
        try:
            state: dict[str, Any] = json.loads((self.app.hot_dir / "state.json").read_text("utf-8"))
        except (OSError, ValueError):
            state = {}
        defaults: dict[str, Any] = {
            "current": None,
            "confirmed": True,
            "pending": None,
            "attempts": 0,
            "history": [],
            "quarantined": {},
        }
        return defaults | state

    @contextmanager
    def watch_lock(self) -> Iterator[None]:
        """Acquire the watch lock. Raises PreconditionError if another watch has acquired it."""
        with self._open_lock_file("watch.lock") as lock:
            if not _try_lock(lock):
                raise PreconditionError(
                    "make dev or make hot-watch already watches this app. Stop that command first, or use it."
                )
            yield

    @contextmanager
    def edit_state(self, info: AppInfo) -> Iterator[dict[str, Any]]:
        """Yield `hot/state.json` of an app that is not running; changes are saved. Raises PreconditionError if the app is running."""
        with self._open_lock_file("lock") as lock:
            if not _try_lock(lock):
                raise PreconditionError("The app is starting or exiting. Try again in a moment.")
            state = self.state()
            if state.get("format") != FORMAT or state.get("key") != info.key:
                state |= {"format": FORMAT, "key": info.key, "current": None, "confirmed": True, "history": []}
            yield state
            path = self.app.hot_dir / "state.json"
            partial = path.with_name(f"state.{os.getpid()}.tmp")
            try:
                with partial.open("w", encoding="utf-8") as file:
                    json.dump(state, file, indent=2)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, path)
            except OSError as error:
                raise StoreWriteError(self.app.hot_dir, error) from error

    def _open_lock_file(self, name: str) -> IO[str]:
        try:
            self.app.hot_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            return (self.app.hot_dir / name).open("a")
        except OSError as error:
            raise StoreWriteError(self.app.hot_dir, error) from error


def _link(source: str, path: str, content: bytes) -> bool:
    """Create `path` as a hard link to `source`. False if `source` is not a file with this content, or cannot be linked."""
    try:
        with open(source, "rb") as file:
            if file.read() != content:
                return False
        os.link(source, path)
    except OSError:
        return False
    return True


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(file: IO[str]) -> None:
        while not _try_lock(file):
            time.sleep(LOCK_POLL_S)
else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
