"""Root folder and names of the app under test, read from the shell's configuration."""

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_CONFIG = json.loads((ROOT / "src-tauri" / "tauri.conf.json").read_text("utf-8"))
PRODUCT: str = _CONFIG["productName"]
IDENTIFIER: str = _CONFIG["identifier"]
DEBUG_IDENTIFIER = f"{IDENTIFIER}.dev"
"""Name of a debug build's data dir."""
PROGRAM: str = tomllib.loads((ROOT / "src-tauri" / "Cargo.toml").read_text("utf-8"))["package"]["name"]
"""Name of the crate and of its executable."""
