"""Replaces the engine's parts with those of another version."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.engine.lock import LOCK_FILE, edited_files, format_version, write_lock
from scripts.engine.parts import PARTS_FILE, EngineError, Part, Version, installed_parts, read_parts


@dataclass(frozen=True)
class PartUpgrade:
    """One part: versions (None: the part is new or was removed) and the CHANGELOG sections in between."""

    part: Part
    old: Version | None
    new: Version | None
    changes: str

    def __str__(self) -> str:
        old, new = (format_version(version) if version else "none" for version in (self.old, self.new))
        head = f"{self.part.name} ({self.part.path}): {old} -> {new}"
        return f"{head}\n\n{self.changes}\n" if self.changes else head


def upgrade(root: Path, source: Path) -> list[PartUpgrade]:
    """
    Replace the engine of the project at `root` with that of the project at `source`. Returns an empty list if they are equal.
    Raises EngineError, without changes, for uncommitted changes, edited engine files or an older engine.
    """
    _require_clean_checkout(root)
    ours = installed_parts(root)
    theirs = {name: part for name, part in read_parts(source).items() if not part.optional or name in ours}
    if edited := edited_files(root, ours):
        raise EngineError(_edited_message(root, edited))
    old_files = {name: part.files(root) for name, part in ours.items()}
    new_files = {name: part.files(source) for name, part in theirs.items()}
    if old_files == new_files:
        return []
    result = [_compare(name, root, source, ours.get(name), theirs.get(name)) for name in sorted(ours | theirs)]
    for name, files in old_files.items():
        for file in files.keys() - new_files.get(name, {}).keys():
            (root / file).unlink()
            _remove_empty_parents(root, (root / file).parent)
    for files in new_files.values():
        for file in files:
            copy_file(source / file, root / file)
    copy_file(source / PARTS_FILE, root / PARTS_FILE)
    write_lock(root)
    return result


def _compare(name: str, root: Path, source: Path, ours: Part | None, theirs: Part | None) -> PartUpgrade:
    old = ours.version(root) if ours else None
    new = theirs.version(source) if theirs else None
    part = theirs or ours
    assert part
    if old and new and new < old:
        raise EngineError(
            f"FROM has {name} {format_version(new)}, which is older than the installed {format_version(old)}. "
            "Set FROM or REF to a newer engine. Nothing was changed."
        )
    return PartUpgrade(part, old, new, theirs.changes_since(source, old) if theirs and old != new else "")


def git_status(root: Path) -> str | None:
    """The output of `git status --porcelain`, empty for a clean checkout. None without git or outside a checkout."""
    command = ["git", "-C", str(root), "status", "--porcelain"]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("git") else None
    return None if done is None or done.returncode else done.stdout


def _require_clean_checkout(root: Path) -> None:
    status = git_status(root)
    if status is None:
        raise EngineError(
            "This is not a git checkout, so an upgrade could not be undone. Run: git init && git add -A && git commit -m App"
        )
    if status:
        raise EngineError("There are uncommitted changes. Commit them, then repeat the command.")


def _edited_message(root: Path, edited: list[str]) -> str:
    """The edited engine files and their diff from the commit that recorded them."""
    base = subprocess.run(
        ["git", "-C", str(root), "log", "-1", "--format=%H", "--", LOCK_FILE],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    diff = subprocess.run(
        ["git", "-C", str(root), "diff", "--no-color", "--no-ext-diff", base or "HEAD", "--", *edited],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    ).stdout
    undo = f"git checkout {base[:12]} -- FILE" if base else "git log -- FILE"
    return (
        f"{diff}\nThe engine was edited here, and an upgrade would discard these changes:\n"
        + "".join(f"  {file}\n" for file in edited)
        + "Move them into the app's folders, or contribute them to the engine. Then restore each file "
        f"({undo}; delete added files), commit, and repeat the command. Nothing was changed."
    )


def copy_file(source: Path, target: Path) -> None:
    """Write a temporary file, then rename it: an interrupted upgrade leaves no partly written file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, partial)
    shutil.copymode(source, partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)


def _remove_empty_parents(root: Path, folder: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
