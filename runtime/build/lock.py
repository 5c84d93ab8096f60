"""Compiles requirements.in to requirements.lock: exact versions with hashes, for all targets."""

from pathlib import Path

from runtime.build.uv import ensure_uv, venv_python
from runtime.errors import InputMissingError
from runtime.fetch.index_settings import index_options, uv_env
from runtime.fetch.pins import load_pins
from runtime.host.processes import run
from runtime.project import Project
from runtime.targets import host_target


def compile_lock(project: Project, *, upgrade: bool = False) -> Path:
    """Write the lock file. Versions in an existing lock file are preserved unless `upgrade` is true.

    Raises InputMissingError, ToolMissingError, StepFailedError (no such version, no network).
    """
    inputs, lock = project.lock_file.with_suffix(".in"), project.lock_file
    if not inputs.is_file():
        raise InputMissingError(
            f"{inputs} does not exist. Create it with one line for each package that the backend imports."
        )
    uv = ensure_uv(project)
    interpreter = venv_python(project.tools_venv)
    minor = load_pins(project.pins_file).for_target(host_target()).minor
    command: list[str | Path] = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    command += ["--python", interpreter, "--python-version", minor, *(["--upgrade"] if upgrade else [])]
    variables = uv_env(interpreter)
    run(
        [*command, *index_options(variables), "--output-file", lock.name, inputs.name],
        what=f"compile {inputs.name}",
        advice=f"Check the network, the package index and the package names in {inputs.name}.",
        env=variables,
        cwd=project.root,
    )
    return lock
