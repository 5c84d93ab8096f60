"""Installs a lock file into a folder for any target: hashes required, wheels only, no dependency resolution, no build scripts."""

from pathlib import Path

from runtime.build.uv import ensure_uv, venv_python
from runtime.errors import InputMissingError
from runtime.fetch.index_settings import index_options, uv_env
from runtime.host.processes import run
from runtime.project import Project


def install_lock(
    project: Project, lock_file: Path, into: Path, target: str, minor: str, *, dry_run: bool = False
) -> None:
    """Install `lock_file` for `target` and Python `minor` into `into`. `dry_run` checks without installing.

    Raises InputMissingError, ToolMissingError, StepFailedError (no wheel for the target, a wrong hash, no network), DiskFullError.
    """
    if not lock_file.is_file():
        raise InputMissingError(f"{lock_file} does not exist. Restore it from version control or run `make lock`.")
    uv = ensure_uv(project)
    into.mkdir(parents=True, exist_ok=True)
    # uv requires an interpreter; the platform and version options take precedence.
    interpreter = venv_python(project.tools_venv)
    command: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", interpreter, "--target", into]
    command += ["--python-platform", target, "--python-version", minor, "--link-mode", "copy"]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile-bytecode"]
    command += ["--dry-run"] if dry_run else []
    variables = uv_env(interpreter)
    run(
        [*command, *index_options(variables), "-r", lock_file],
        what=f"install {lock_file.name} for {target}",
        advice="Check the network and the package index; if a wheel or a hash is at fault, run `make lock`.",
        env=variables,
        cwd=into,
    )
