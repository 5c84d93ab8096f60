"""Commands that a person copies from a message into a terminal."""

import shlex
import subprocess
import sys
from pathlib import Path


def restore_command(data_dir: Path, backup: str) -> str:
    """Restores a backup, given by path or name, with the interpreter that runs this process. Windows: for cmd."""
    words = [sys.executable, "-I", "-B", "-X", "utf8", "-m", "app", "restore", backup, "--data-dir", str(data_dir)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
