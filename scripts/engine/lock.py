"""engine.lock: version and sha256 of every engine file as installed, so that local edits are found before an upgrade."""

import json
from pathlib import Path

from runtime.build.atomic import write_atomically
from scripts.engine.parts import EngineError, Part, Version, installed_parts

LOCK_FILE = "engine.lock"

_NOT_RECORDED = (
    f"{LOCK_FILE} records no engine, so edits of it could not be detected. `make rename` fills it. "
    "In an app that was renamed before: check out the template's commit you started from, run "
    f"`python3 -m scripts.engine record` there, and copy {LOCK_FILE} into the app."
)


def lock_text(root: Path) -> str:
    """The lock's text for the engine at `root` as it is now. Raises EngineError for a part without a version."""
    content = {
        part.name: {"version": dotted(part.version(root)), "path": part.path, "files": part.files(root)}
        for part in installed_parts(root).values()
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def write_lock(root: Path) -> None:
    """Record the engine at `root` as it is now."""
    write_atomically(root / LOCK_FILE, lock_text(root))


def is_recorded(root: Path) -> bool:
    """Whether the lock records an engine. The template's own lock is empty: there the engine is edited."""
    return bool(read_lock(root))


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


def dotted(version: Version) -> str:
    """`1.2.3`"""
    return ".".join(map(str, version))
