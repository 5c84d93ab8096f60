"""Commands that a user copies from a message into a terminal."""

import shlex
import subprocess
import sys
from pathlib import Path


def restore_command(program: str, data_dir: Path, backup: str) -> str:
    """Restores a backup, given by path or name, with this process's interpreter. On Windows for cmd.

    `program` follows `python -m`.
    """
    flags = ("-I", "-B", "-X", "utf8", "-m", *program.split())
    words = [sys.executable, *flags, "restore", backup, "--data-dir", str(data_dir)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
