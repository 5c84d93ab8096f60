"""Installs uv into a virtual environment, pinned by requirements-dev.lock."""

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

UV = "uv"
_STAMP = "installer.sha256"


def locked_requirement(lock_file: Path, package: str) -> str:
    """The requirement of one package in a lock file: version and hashes. Raises InputMissingError."""
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
    """The interpreter's path in a virtual environment on the host."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _program(venv: Path) -> Path:
    return venv_python(venv).with_name("uv.exe" if sys.platform == "win32" else "uv")


def installed_uv(project: Project) -> Path | None:
    """The uv program's path if the pinned version is installed, else None."""
    venv = project.tools_venv
    stamp, program = venv / _STAMP, _program(venv)
    # The interpreter is a link to the host's Python, which may have been removed.
    if not (program.is_file() and venv_python(venv).is_file() and stamp.is_file()):
        return None
    current = sha256_json(locked_requirement(project.dev_lock_file, UV))
    return program if stamp.read_text(encoding="utf-8") == current else None


def ensure_uv(project: Project) -> Path:
    """The uv program's path. Installs it on first use and after a change of its pin. Raises ToolMissingError, StepFailedError."""
    if program := installed_uv(project):
        return program
    requirement, venv = locked_requirement(project.dev_lock_file, UV), project.tools_venv
    shutil.rmtree(venv, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", venv], what=f"create {venv}", env=tool_env())
    except StepFailedError as error:
        raise ToolMissingError(
            f"{sys.executable} can't create virtual environments. Install the venv module (Debian: apt-get install "
            f"python3-venv) and run this again.\n{error}"
        ) from error
    requirements = venv / "installer.txt"
    requirements.write_text(requirement, encoding="utf-8")
    pip = ("-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:")
    run(
        [venv_python(venv), *pip, "-r", requirements],
        what=f"install {UV} into {venv}",
        advice="Check the network and the index in pip's configuration (`pip config list`).",
        env=pip_env(venv_python(venv)),
    )
    program = _program(venv)
    run([program, "--version"], what=f"run {UV} from {venv}", env=tool_env())
    write_atomically(venv / _STAMP, sha256_json(requirement))
    return program
