"""Adds the engine to a Tauri app that was not created from the template: docs/add-to-your-app.md."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.build.atomic import write_atomically
from runtime.build.uv import UV, locked_requirement
from scripts.engine.lock import write_lock
from scripts.engine.parts import EngineError, Part, read_parts
from scripts.engine.upgrade import copy_file

SHELL_CONFIG = "src-tauri/tauri.conf.json"
CAPABILITY = "src-tauri/capabilities/default.json"
CRATE = "tauri-plugin-python-backend"
LOOPBACK_SOURCE = "http://127.0.0.1:*"
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "connect-src": f"'self' ipc: http://ipc.localhost {LOOPBACK_SOURCE}",
}
PYPROJECT = """[tool.python-backend]
source = "python-backend"
packages = ["main.py", "backend_host"]
module = "main:app"
startup-modules = ["main", "backend_host.serving.server"]
"""


def add_engine(source: Path, app: Path) -> list[str]:
    """
    Copy the engine of the project at `source` into the Tauri app at `app`, configure the app for it, and record it.

    Returns a report as lines. Raises EngineError, without changes, if `app` is not a Tauri app,
    already contains a file of the engine, or has a configuration that cannot be edited.
    """
    parts = {name: part for name, part in read_parts(source).items() if not part.optional}
    edits = _edits(app)
    if existing := [part.path for part in parts.values() if (app / part.path).exists() and not part.only]:
        raise EngineError(
            f"{app} already contains {', '.join(existing)}. To upgrade its engine, run in the app: "
            "python3 -m scripts.engine upgrade --from TEMPLATE. Nothing was changed."
        )
    written = [*(name for part in parts.values() for name in part.files(source)), "requirements-dev.lock"]
    if overwritten := [name for name in written if (app / name).exists()]:
        raise EngineError(f"{app} already contains {', '.join(overwritten)}. Rename your file. Nothing was changed.")
    for part in parts.values():
        _copy_part(part, source, app)
    for name, text in edits.items():
        write_atomically(app / name, text)
    write_atomically(app / "requirements-dev.lock", locked_requirement(source / "requirements-dev.lock", UV))
    copy_file(source / "runtime/pins.json", app / "runtime/pins.json")
    write_lock(app)
    return [
        *(f"{part.path}/: {part.name}" for part in parts.values()),
        *(f"{name}: edited" for name in edits),
        "requirements-dev.lock: the installer of Python packages",
        "runtime/pins.json: the release of Python",
        "engine.lock: versions and digests of the engine",
    ]


def _copy_part(part: Part, source: Path, app: Path) -> None:
    for name in part.files(source):
        copy_file(source / name, app / name)


def _edits(app: Path) -> dict[str, str]:
    """The new text of each configuration file of the app."""
    edits: dict[str, Callable[[str], str]] = {
        SHELL_CONFIG: _shell_config,
        CAPABILITY: _capability,
        "src-tauri/Cargo.toml": _cargo_manifest,
        "pyproject.toml": lambda text: f"{text}\n{PYPROJECT}".lstrip(),
        ".gitignore": lambda text: f"{text}\n/build/\n__pycache__/\n".lstrip(),
    }
    new: dict[str, str] = {}
    for name, edit in edits.items():
        path = app / name
        try:
            new[name] = edit(path.read_text("utf-8") if path.exists() or "src-tauri" in name else "")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(
                f"{path} cannot be edited ({error!r}). Pass the folder of an app that create-tauri-app created. "
                "Nothing was changed."
            ) from error
    return new


def _shell_config(text: str) -> str:
    config: dict[str, Any] = json.loads(text)
    for window in config["app"]["windows"]:
        window["create"] = False  # the plugin opens the windows
    security = config["app"].setdefault("security", {})
    if security.get("csp") is None:
        security["csp"] = CONTENT_SECURITY_POLICY
    elif LOOPBACK_SOURCE not in json.dumps(security["csp"]):
        raise ValueError(f"its csp does not allow {LOOPBACK_SOURCE} in connect-src: add it")
    config.setdefault("plugins", {})["python-backend"] = {"module": "main:app"}
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def _capability(text: str) -> str:
    capability: dict[str, Any] = json.loads(text)
    capability["permissions"].append("python-backend:default")
    return json.dumps(capability, indent=2, ensure_ascii=False) + "\n"


def _cargo_manifest(text: str) -> str:
    line = f'[dependencies]\n{CRATE} = {{ path = "crates/{CRATE}" }}\n'
    edited, found = re.subn(r"^\[dependencies\]\n", lambda _: line, text, flags=re.MULTILINE)
    if found != 1:
        raise ValueError("it has no table [dependencies]")
    return edited
