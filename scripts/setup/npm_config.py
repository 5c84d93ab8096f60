"""Reduces the user's npm and bun configuration to registry, proxy and certificate settings."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_KEYS = re.compile(
    r"(?:@[^=\s]+:)?registry|//[^=\s]+|proxy|https?-proxy|no-?proxy|ca(\[\])?|cafile|cert|key|strict-ssl|fetch-[\w-]+|cache"
)
_BUN_KEYS = ("registry", "scopes", "ca", "cafile")


def network_lines(text: str) -> list[str]:
    """Network settings in the text of an .npmrc, unchanged: npm and bun expand ${NAME}."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if _KEYS.fullmatch(line.partition("=")[0].strip())]


def npmrc(variables: Mapping[str, str], home: Path, npm: str | None) -> str:
    """The network settings of the global and the user's .npmrc. The user's take precedence."""
    paths = [_global_npmrc(npm)] if npm else []
    paths.append(Path(_get_ignoring_case(variables, "npm_config_userconfig") or home / ".npmrc"))
    return "".join(f"{line}\n" for path in paths if path for line in network_lines(_read(path)))


def bunfig(variables: Mapping[str, str], home: Path) -> str:
    """The network settings of the user's .bunfig.toml; empty if it cannot be read."""
    path = Path(variables.get("XDG_CONFIG_HOME") or home) / ".bunfig.toml"
    try:
        install = tomllib.loads(_read(path)).get("install", {})
        settings = {key: install[key] for key in _BUN_KEYS if key in install}
    except (ValueError, AttributeError, TypeError):
        return ""
    return (
        "[install]\n" + "".join(f"{key} = {_to_toml(value)}\n" for key, value in settings.items()) if settings else ""
    )


def write_home(folder: Path, variables: Mapping[str, str], npm: str | None) -> None:
    """Write .npmrc and .bunfig.toml to a home folder, with mode 0600 because they may contain credentials."""
    home = Path(os.path.expanduser("~"))
    for name, text in {".npmrc": npmrc(variables, home, npm), ".bunfig.toml": bunfig(variables, home)}.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")


def _global_npmrc(npm: str) -> Path | None:
    result = subprocess.run([npm, "config", "get", "globalconfig"], capture_output=True, text=True, check=False)
    return Path(result.stdout.strip()) if result.returncode == 0 and result.stdout.strip() else None


def _get_ignoring_case(variables: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in variables.items() if key.lower() == name), None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _to_toml(value: Any) -> str:
    """A value in TOML syntax, with inline tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_to_toml(part)}" for key, part in value.items()) + "}"
    items: Iterable[Any] = value if isinstance(value, list) else ()
    return "[" + ", ".join(map(_to_toml, items)) + "]" if isinstance(value, list) else json.dumps(value)
