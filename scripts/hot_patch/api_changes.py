"""Differences between the served OpenAPI document and frontend/openapi.json, from which the clients were generated."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.hot_patch.app import App
from scripts.hot_patch.errors import HotPatchError
from scripts.project import ROOT, RUN

DOCUMENT = ROOT / "frontend" / "openapi.json"
CLIENT = ROOT / "frontend" / "src" / "client"
MAX_LINES = 12
DESCRIPTION_ONLY = ", description only"


def find_changes(app: App) -> list[str]:
    """Differences between the served API and frontend/openapi.json. Raises AppNotRunningError, RejectedError."""
    served, known = json.loads(app.request("openapi")["openapi"]), json.loads(DOCUMENT.read_text("utf-8"))
    return compare(known, served)


def compare(known: dict[str, Any], served: dict[str, Any]) -> list[str]:
    """One line per route or schema that is new, removed or changed. `info.version` is ignored."""
    before, after = _parts(known), _parts(served)
    changed = [name for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]
    return [
        *(f"+ {name}" for name in sorted(after.keys() - before.keys())),
        *(f"- {name}" for name in sorted(before.keys() - after.keys())),
        *(
            f"~ {name}{DESCRIPTION_ONLY * (_without_descriptions(before[name]) == _without_descriptions(after[name]))}"
            for name in changed
        ),
    ]


def _without_descriptions(part: Any) -> Any:
    """Remove `description` and `summary` texts. A schema field named `description` stays."""
    if isinstance(part, list):
        return [_without_descriptions(it) for it in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _without_descriptions(it)
        for name, it in part.items()
        if not (name in {"description", "summary"} and isinstance(it, str))
    }


def _parts(document: dict[str, Any]) -> dict[str, Any]:
    operations = {
        f"{method.upper()} {path}": operation
        for path, operations in document.get("paths", {}).items()
        for method, operation in operations.items()
    }
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return operations | schemas


def describe(changes: list[str], advice: str) -> str:
    """At most MAX_LINES changes, then the advice."""
    more = len(changes) - MAX_LINES
    return "\n".join([*changes[:MAX_LINES], *([f"and {more} more"] if more > 0 else []), advice])


def report(app: App, log: Callable[[str], None], regenerate: Callable[[], str] | None = None) -> None:
    """Report API changes in the terminal, and in the window unless only descriptions changed.

    `regenerate` generates the client and returns advice.
    """
    with suppress(HotPatchError, OSError, ValueError):
        changes = find_changes(app)
        text = None
        if changes:
            advice = regenerate() if regenerate else "The generated clients are outdated. Run: make generate-client"
            text = describe(changes, advice)
            log(f"The API has changed:\n{text}")
        description_only = all(line.endswith(DESCRIPTION_ONLY) for line in changes)
        app.notify("api_changes", text=None if description_only else text)


def regenerate_client() -> None:
    """Write the TypeScript client, then frontend/openapi.json: after an interrupted run the change is still detected.

    Unchanged files are not rewritten, so Vite does not reload them. Raises CalledProcessError.
    """
    bun = [sys.executable, "-I", "-B", RUN, "scripts.setup.bun", "run", "generate-client"]
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        document, client = Path(folder) / "openapi.json", Path(folder) / "client"
        write = [sys.executable, "-I", "-B", RUN, "scripts.codegen.openapi", str(document)]
        subprocess.run(write, check=True, capture_output=True, text=True)
        generate = [*bun, "--input", str(document), "--output", str(client)]
        subprocess.run(generate, cwd=ROOT / "frontend", check=True, capture_output=True, text=True)
        replace_changed(client, CLIENT)
        os.replace(document, DOCUMENT)


def replace_changed(new_folder: Path, old_folder: Path) -> None:
    """Move the files of `new_folder` to `old_folder`, atomically one by one, and delete the other files of `old_folder`."""
    names = {path.relative_to(new_folder) for path in new_folder.rglob("*") if path.is_file()}
    for name in names:
        new, old = new_folder / name, old_folder / name
        if not old.exists() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            os.replace(new, old)
    for old in old_folder.rglob("*"):
        if old.is_file() and old.relative_to(old_folder) not in names:
            old.unlink()
