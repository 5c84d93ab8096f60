"""Install tauri-driver, which lets WebDriver drive the window, into build/tools/bin unless it is there already."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = "2.1.0"
DRIVER = ROOT / "build" / "tools" / "bin" / ("tauri-driver.exe" if sys.platform == "win32" else "tauri-driver")

if __name__ == "__main__" and not DRIVER.exists():
    print(f"Installing tauri-driver {VERSION} into build/tools", flush=True)
    # In src-tauri's target folder its build would evict ours; cargo removes its own temporary one.
    install = [
        "cargo",
        "install",
        "tauri-driver",
        "--version",
        VERSION,
        "--locked",
        "--quiet",
        "--root",
        str(DRIVER.parents[1]),
    ]
    sys.exit(subprocess.run(install, check=False).returncode)
