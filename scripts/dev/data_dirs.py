"""The app's data dirs (Tauri's `app_data_dir`) and the names of their files."""

import os
import sys
from pathlib import Path

from scripts.app_names import read_names
from scripts.project import ROOT

# Equal to the names in the backend and the shell (scripts/tests/test_launchers.py).
DATABASE, LOCK, CONFIG = "app.db", "app.lock", "config.json"


def release_data_dir() -> Path:
    """The data dir of an installed app."""
    return _base() / read_names(ROOT).identifier


def debug_data_dir() -> Path:
    """The data dir of a debug build."""
    return _base() / read_names(ROOT).debug_identifier


def _base() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG Base Directory Specification ignores relative paths.
    return data_home if data_home.is_absolute() else home / ".local" / "share"
