"""Compares the migrations of two sources."""

import re
from dataclasses import dataclass

from scripts.hot_patch.errors import PreconditionError
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
    """The migrations in order. Raises PreconditionError unless the history is linear with one head."""
    after: dict[str, str] = {}
    for name, content in files(snapshot).items():
        link = dict(_LINK.findall(content.decode("utf-8", "replace")))
        if not link.get("revision"):
            raise PreconditionError(f"{name} has no revision. Add one, or delete the file.")
        if link["revision"] in after.values():
            raise PreconditionError(f"Two migrations have the revision {link['revision']}. Change one.")
        down_revision = link.get("down_revision", "")
        if down_revision in after:
            raise PreconditionError(
                f"Two migrations follow {down_revision or 'the empty database'}: {after[down_revision]} and {link['revision']}. "
                "Only one head is allowed: set the down_revision of one to the other."
            )
        after[down_revision] = link["revision"]
    found: list[str] = []
    while (at := found[-1] if found else "") in after:
        found.append(after[at])
    if len(found) != len(after):
        unreached = set(after) - {*found, ""}
        if missing := ", ".join(sorted(unreached - set(after.values()))):
            raise PreconditionError(f"The down_revision {missing} does not exist. Correct it.")
        raise PreconditionError(
            f"These revisions form a cycle: {', '.join(sorted(unreached))}. Correct a down_revision."
        )
    return Chain(found)


def new_revisions_since(revision: str, target: Snapshot) -> list[str]:
    """As `new_revisions`, for a database at `revision` if the running source is unknown."""
    revisions = chain(target).revisions
    return revisions[revisions.index(revision) + 1 :] if revision in revisions else revisions if not revision else []


def new_revisions(running: Snapshot, target: Snapshot) -> list[str]:
    """Revisions that an upgrade would run. Raises PreconditionError for a rewritten history."""
    before, after = files(running), files(target)
    for name, content in before.items():
        if name not in after:
            raise PreconditionError(f"{name} was deleted, but the database was migrated with it. Restore the file.")
        if after[name] != content:
            raise PreconditionError(
                f"{name} was edited after the database was migrated with it. Undo the edit, and write a new migration."
            )
    applied = set(chain(running).revisions)
    return [revision for revision in chain(target).revisions if revision not in applied]
