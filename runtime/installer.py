"""The installer (uv), in a virtual environment of its own, exactly as requirements-dev.lock pins it."""

import ast
import os
import re
import shutil
import sys
from pathlib import Path

from runtime.digests import sha256_json
from runtime.environment import tool_env
from runtime.errors import InputMissingError, StepFailedError, ToolMissingError
from runtime.processes import run
from runtime.project import Project
from runtime.swap import write_atomically

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
        env=tool_env(),
    )
    write_atomically(venv / _STAMP, sha256_json(block))
    return _program(venv)


def index_settings(project: Project) -> dict[str, str]:
    """The package index and certificates that pip is configured with, as the variables that uv reads.

    uv does not read pip's configuration, and who is behind a mirror has configured pip. Variables of uv's own win.
    """
    listing = run([venv_python(project.tools_venv), "-m", "pip", "config", "list"], what="ask pip for its index")
    settings: dict[str, str] = {}
    # Least to most specific, so that the last one wins: file settings, those for `install`, the environment.
    for scope in ("global", "install", ":env:"):
        for key, value in re.findall(rf"(?m)^{re.escape(scope)}\.([\w-]+)=(.*)$", listing):
            settings[key] = str(ast.literal_eval(value))
    named = {"UV_DEFAULT_INDEX": "index-url", "UV_INDEX": "extra-index-url", "SSL_CERT_FILE": "cert"}
    given = set(os.environ) | ({"UV_DEFAULT_INDEX"} if "UV_INDEX_URL" in os.environ else set())
    return {variable: settings[key] for variable, key in named.items() if key in settings and variable not in given}
