"""Installs packages outside the tree: development tools and the packages of server mode."""

from pathlib import Path

from runtime.build.atomic import replace_dir, staging_dir, write_atomically
from runtime.build.bytecode import compile_bytecode, compiler_for
from runtime.build.install import install_lock
from runtime.build.uv import installed_uv
from runtime.errors import InputMissingError
from runtime.fetch.pins import load_pins
from runtime.host.lockfile import staging_lock
from runtime.host.processes import reporting_disk_full
from runtime.host.progress import Progress
from runtime.integrity.digests import pipeline_sha256, sha256_file, sha256_json
from runtime.project import Project
from runtime.targets import host_target, interpreter_in

_STAMP = "stamp.sha256"


def install_additional_packages(
    project: Project, lock_file: Path, folder: Path, progress: Progress, target: str | None = None
) -> bool:
    """Install `lock_file` into `folder`. Returns False if it was up to date. Raises RuntimeStagingError.

    `target` is the triple whose wheels are installed; default: the host.
    """
    target = target or host_target()
    minor = load_pins(project.pins_file).for_target(target).minor
    tree = project.tree(target)
    if not lock_file.is_file():
        raise InputMissingError(f"{lock_file} does not exist. Restore it from version control or run `make lock`.")
    key = sha256_json([sha256_file(lock_file), target, minor, pipeline_sha256()])

    def is_up_to_date() -> bool:
        stamp = folder / _STAMP
        # Also requires uv: tests run on the bundled interpreter, which cannot create uv's venv (no ensurepip).
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == key and installed_uv(project) is not None

    if is_up_to_date():
        return False
    if not interpreter_in(tree, target).is_file():
        raise InputMissingError(f"{tree} is not staged yet. Run `python3 -m runtime stage` first.")
    with reporting_disk_full(project.build_dir), staging_lock(project.build_dir / ".runtime.lock", progress):
        if is_up_to_date():
            return False
        with staging_dir(project.build_dir) as scratch:
            packages = scratch / "packages"
            with progress.step("install", lock_file.name):
                install_lock(project, lock_file, packages, target, minor)
            with progress.step("compile bytecode"):
                compiler = compiler_for(tree, target, project.tree(host_target()), minor)
                compile_bytecode(compiler, packages, [packages])
            write_atomically(packages / _STAMP, key)
            replace_dir(packages, folder, scratch=scratch)
    return True
