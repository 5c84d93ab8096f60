"""engine.lock: version and sha256 of every engine file as installed, so that local edits are found before an upgrade."""

import json
from pathlib import Path

from runtime.build.atomic import write_atomically
from scripts.engine.parts import EngineError, Part, Version, installed_parts

LOCK_FILE = "engine.lock"

_NOT_RECORDED = (
    f"{LOCK_FILE} records no engine, so edits cannot be detected. `make rename` records it. "
    "In an app that is already renamed: check out the template's commit that you started from, run "
    f"`python3 -m scripts.engine record` there, and copy {LOCK_FILE} into the app."
)


def lock_text(root: Path) -> str:
    """Content of engine.lock for the current engine files at `root`. Raises EngineError for a part without a version."""
    content = {
        part.name: {"version": format_version(part.version(root)), "path": part.path, "files": part.files(root)}
        for part in installed_parts(root).values()
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def write_lock(root: Path) -> None:
    """Write engine.lock for the current engine files at `root`."""
    write_atomically(root / LOCK_FILE, lock_text(root))


def is_recorded(root: Path) -> bool:
    """Whether the lock records an engine. The template's lock is empty, because the engine is edited there."""
    return (root / LOCK_FILE).exists() and bool(read_lock(root))


def read_lock(root: Path) -> dict[str, dict[str, str]]:
    """Recorded sha256 by file, by part name. Raises EngineError when the lock is missing or damaged."""
    try:
        content = json.loads((root / LOCK_FILE).read_text("utf-8"))
        return {name: dict(part["files"]) for name, part in content.items()}
    except FileNotFoundError as error:
        raise EngineError(_NOT_RECORDED) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"{LOCK_FILE} is damaged ({error}). Restore it: git restore {LOCK_FILE}") from error


def edited_files(root: Path, parts: dict[str, Part]) -> list[str]:
    """
    Engine files that were changed, added or deleted since the lock was written, sorted.

    Raises EngineError when the lock records no engine.
    """
    lock = read_lock(root)
    if not lock:
        raise EngineError(_NOT_RECORDED)
    recorded = {file: digest for files in lock.values() for file, digest in files.items()}
    present = {file: digest for part in parts.values() for file, digest in part.files(root).items()}
    return sorted(file for file in recorded.keys() | present.keys() if recorded.get(file) != present.get(file))


def format_version(version: Version) -> str:
    """(1, 2, 3) as 1.2.3."""
    return ".".join(map(str, version))
