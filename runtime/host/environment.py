"""Settings from environment variables, and the cache folder.

In `runtime/` only `commands.py` reads these settings from `os.environ`; the other modules get them as arguments.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from runtime.host.tool_environment import tool_environment

ARCHIVE = "RUNTIME_ARCHIVE"
"""Path of a local install_only archive to use instead of downloading."""

MIRROR = "RUNTIME_MIRROR"
"""Base URL (http, https or file) of <release>/<file> or <file>."""

CACHE_DIR = "RUNTIME_CACHE_DIR"
"""Folder for downloaded and repacked archives; default: the user's cache folder."""


def cache_dir(env: Mapping[str, str]) -> Path:
    """The archive cache, shared by all checkouts and apps; the names of its folders are digests of the pins."""
    if env.get(CACHE_DIR):
        return Path(env[CACHE_DIR]).absolute()
    if sys.platform == "win32":
        base = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "python-runtime-archives"


def bare_env(**variables: str) -> dict[str, str]:
    """A minimal environment: variables that every program on this system needs, plus `variables`."""
    return {
        name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ
    } | variables


def tool_env(**variables: str) -> dict[str, str]:
    """The environment for a build tool: this process's environment filtered by tool_environment, plus `variables`."""
    return tool_environment(os.environ) | variables
