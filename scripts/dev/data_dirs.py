"""Where the app keeps its data on this machine, as the shell finds it: Tauri's `app_data_dir`; and the files in there."""

import os
import sys
from pathlib import Path

from scripts.app_names import read_names
from scripts.project import ROOT

# As the backend and the shell call them, which a test compares.
DATABASE, LOCK, CONFIG = "app.db", "app.lock", "config.json"


def release_data_dir() -> Path:
    """That of an installed app."""
    return _base() / read_names(ROOT).identifier


def debug_data_dir() -> Path:
    """That of a debug build."""
    return _base() / read_names(ROOT).debug_identifier


def _base() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG base directory specification has a relative path ignored, and so does the shell.
    return named if named.is_absolute() else home / ".local" / "share"
