"""The command that restores a backup, for messages: the user copies it into a terminal."""

import shlex
import subprocess
import sys
from pathlib import Path


def restore_command(program: str, data_dir: Path, backup: str) -> str:
    """Return the command that restores `backup` (a path or name) with this interpreter, quoted for sh or Windows' cmd.

    `program` contains the arguments of `python -m`.
    """
    flags = ("-I", "-B", "-X", "utf8", "-m", *program.split())
    words = [sys.executable, *flags, "restore", backup, "--data-dir", str(data_dir)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
