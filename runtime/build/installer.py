"""The installer (uv), in a virtual environment of its own, exactly as requirements-dev.lock pins it."""

import re
import shutil
import sys
from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.errors import InputMissingError, StepFailedError, ToolMissingError
from runtime.fetch.index_settings import pip_env
from runtime.host.environment import tool_env
from runtime.host.processes import run
from runtime.integrity.digests import sha256_json
from runtime.project import Project

PACKAGE = "uv"
_STAMP = "installer.sha256"


def locked_block(lock_file: Path, package: str) -> str:
    """One package's lines of a hashed lock: its pin and its hashes. Raises InputMissingError."""
    try:
        text = lock_file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputMissingError(
            f"{lock_file} does not exist. Restore it from version control or run `make lock`."
        ) from error
    match = re.search(rf"(?m)^{re.escape(package)}==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+", text)
    if match is None:
        raise InputMissingError(
            f"{lock_file} does not pin {package} with hashes. Add it to the .in file and run `make lock`."
        )
    return match[0]


def venv_python(venv: Path) -> Path:
    """The interpreter of a virtual environment on this machine."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _program(venv: Path) -> Path:
    return venv_python(venv).with_name("uv.exe" if sys.platform == "win32" else "uv")


def ready_installer(project: Project) -> Path | None:
    """Path of the uv program if it is there as pinned."""
    venv = project.tools_venv
    stamp, program = venv / _STAMP, _program(venv)
    # The interpreter is a link to the machine's own, which may have been removed since.
    if not (program.is_file() and venv_python(venv).is_file() and stamp.is_file()):
        return None
    current = sha256_json(locked_block(project.dev_lock_file, PACKAGE))
    return program if stamp.read_text(encoding="utf-8") == current else None


def installer(project: Project) -> Path:
    """Path of the uv program; made on first use and whenever its pin changes. Raises ToolMissingError, StepFailedError."""
    if program := ready_installer(project):
        return program
    block, venv = locked_block(project.dev_lock_file, PACKAGE), project.tools_venv
    shutil.rmtree(venv, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", venv], what=f"make {venv}", env=tool_env())
    except StepFailedError as error:
        raise ToolMissingError(
            f"{sys.executable} can't make virtual environments. Install the missing part (Debian: apt-get install "
            f"python3-venv) and run this again.\n{error}"
        ) from error
    requirements = venv / "installer.txt"
    requirements.write_text(block, encoding="utf-8")
    pip = ("-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:")
    run(
        [venv_python(venv), *pip, "-r", requirements],
        what=f"install {PACKAGE} into {venv}",
        advice="Check the network and the index in pip's configuration (`pip config list`).",
        env=pip_env(venv_python(venv)),
    )
    program = _program(venv)
    run([program, "--version"], what=f"run {PACKAGE} from {venv}", env=tool_env())
    write_atomically(venv / _STAMP, sha256_json(block))
    return program
