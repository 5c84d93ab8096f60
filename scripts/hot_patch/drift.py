"""What the clients don't know of the API yet."""

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
SHOWN = 12
IN_WORDS = ", in its description alone"


def find(app: App) -> list[str]:
    """What differs between the API that is served and frontend/openapi.json. Raises NoAppError, NotTakenError."""
    served, known = json.loads(app.ask("openapi")["openapi"]), json.loads(DOCUMENT.read_text("utf-8"))
    return compare(known, served)


def compare(known: dict[str, Any], served: dict[str, Any]) -> list[str]:
    """One line a route or schema that is new, gone or different. The versions that they carry don't matter."""
    before, after = _parts(known), _parts(served)
    changed = [name for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]
    return [
        *(f"+ {name}" for name in sorted(after.keys() - before.keys())),
        *(f"- {name}" for name in sorted(before.keys() - after.keys())),
        *(f"~ {name}{IN_WORDS * (_without_words(before[name]) == _without_words(after[name]))}" for name in changed),
    ]


def _without_words(part: Any) -> Any:
    """Without what is written for readers. A field that is called description is no text, and stays."""
    if isinstance(part, list):
        return [_without_words(it) for it in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _without_words(it)
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
    """For people: not more lines than they read."""
    more = len(differences) - SHOWN
    return "\n".join([*differences[:SHOWN], *([f"and {more} more"] if more > 0 else []), advice])


def report(app: App, say: Callable[[str], None], remake: Callable[[], str] | None = None) -> None:
    """Say what the clients don't know: in the terminal, and in the window if a request could fail of it.

    `remake` generates a client and returns what to do next.
    """
    with suppress(HotPatchError, OSError, ValueError):
        differences = find(app)
        text = None
        if differences:
            advice = remake() if remake else "The clients don't know: make generate-client"
            text = describe(differences, advice)
            say(f"The API has changed:\n{text}")
        in_words = all(line.endswith(IN_WORDS) for line in differences)
        app.notify("drift", text=None if in_words else text)


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
