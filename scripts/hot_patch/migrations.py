"""Compares the migrations of two sources."""

import re
from dataclasses import dataclass

from scripts.hot_patch.errors import RefusedError
from scripts.hot_patch.source import Snapshot

VERSIONS = "/alembic/versions/"
"""Folder of the migrations in a package."""
_LINK = re.compile(r'^(revision|down_revision)\b[^=\n]*= *"([^"]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Chain:
    """The migrations of one source, oldest first."""

    revisions: list[str]

    @property
    def head(self) -> str:
        """The head revision; empty without migrations."""
        return self.revisions[-1] if self.revisions else ""


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """The migration files of a source."""
    return {name: content for name, content in snapshot.files.items() if VERSIONS in name and name.endswith(".py")}


def chain(snapshot: Snapshot) -> Chain:
    """The migrations in order. Raises RefusedError unless the history is linear with one head."""
    after: dict[str, str] = {}
    for name, content in files(snapshot).items():
        link = dict(_LINK.findall(content.decode("utf-8", "replace")))
        if "revision" not in link:
            raise RefusedError(f"{name} names no revision. Give it one, or remove it.")
        before = link.get("down_revision", "")
        if before in after:
            raise RefusedError(
                f"Two migrations follow {before or 'the empty database'}: {after[before]} and {link['revision']}. "
                "There must be one head: have one follow the other."
            )
        after[before] = link["revision"]
    found: list[str] = []
    while (at := found[-1] if found else "") in after:
        found.append(after[at])
    if len(found) != len(after):
        missing = ", ".join(sorted(set(after) - {*found, ""}))
        raise RefusedError(f"Migrations follow {missing}, which is not there. Correct their down_revision.")
    return Chain(found)


def new_since(revision: str, next_one: Snapshot) -> list[str]:
    """As `new_ones`, for a database at `revision` whose migrating source is unknown."""
    revisions = chain(next_one).revisions
    return revisions[revisions.index(revision) + 1 :] if revision in revisions else revisions if not revision else []


def new_ones(running: Snapshot, next_one: Snapshot) -> list[str]:
    """Revisions that an upgrade would run. Raises RefusedError for a rewritten history."""
    before, after = files(running), files(next_one)
    for name, content in before.items():
        if name not in after:
            raise RefusedError(f"{name} is gone, but the database was migrated by it. Put it back.")
        if after[name] != content:
            raise RefusedError(
                f"{name} was edited, but the database was migrated by its previous version. Undo the edit, and write a new migration."
            )
    ran = set(chain(running).revisions)
    return [revision for revision in chain(next_one).revisions if revision not in ran]
