"""API drift: differences between the served OpenAPI document and the one the clients were generated from."""

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
DESCRIPTION_ONLY = ", in its description alone"


def find(app: App) -> list[str]:
    """Differences between the served API and frontend/openapi.json. Raises NoAppError, RejectedError."""
    served, known = json.loads(app.ask("openapi")["openapi"]), json.loads(DOCUMENT.read_text("utf-8"))
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


def describe(differences: list[str], advice: str) -> str:
    """At most MAX_LINES differences, then the advice."""
    more = len(differences) - MAX_LINES
    return "\n".join([*differences[:MAX_LINES], *([f"and {more} more"] if more > 0 else []), advice])


def report(app: App, say: Callable[[str], None], regenerate_client: Callable[[], str] | None = None) -> None:
    """Report drift in the terminal, and in the window unless only descriptions changed.

    `regenerate_client` generates the client and returns what to do next.
    """
    with suppress(HotPatchError, OSError, ValueError):
        differences = find(app)
        text = None
        if differences:
            advice = regenerate_client() if regenerate_client else "The clients don't know: make generate-client"
            text = describe(differences, advice)
            say(f"The API has changed:\n{text}")
        description_only = all(line.endswith(DESCRIPTION_ONLY) for line in differences)
        app.notify("drift", text=None if description_only else text)


def regenerate() -> None:
    """Write the TypeScript client, then the document: an interrupted run still differs from what is served.

    Unchanged files are not touched, so Vite does not reload them. Raises CalledProcessError.
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
    """Make the files of `old_folder` those of `new_folder`, which loses them; each file is replaced atomically."""
    names = {path.relative_to(new_folder) for path in new_folder.rglob("*") if path.is_file()}
    for name in names:
        new, old = new_folder / name, old_folder / name
        if not old.exists() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            os.replace(new, old)
    for old in old_folder.rglob("*"):
        if old.is_file() and old.relative_to(old_folder) not in names:
            old.unlink()
