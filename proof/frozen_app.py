"""Freeze the backend with PyInstaller for comparison, as one file and as one folder, from the inputs of the staged tree.

Uses the same CPython archive (unpruned, because PyInstaller needs libpython), the same packages from unmodified wheels and the
same app. Rebuilds only if an input changed. Not shipped. Prints the paths of both programs.

python3 -m proof.frozen_app [--force]
"""

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.app_source import APP_SRC
from runtime.build.atomic import replace_dir, staging_dir, write_atomically
from runtime.build.install import install_lock
from runtime.build.stage import Staging
from runtime.build.uv import locked_requirement
from runtime.errors import InputMissingError, RuntimeStagingError
from runtime.fetch.archive import ArchiveRequest, ResolvedArchive, Source
from runtime.fetch.pins import Pin, load_pins
from runtime.fetch.unpack import unpack
from runtime.host import environment
from runtime.host.lockfile import staging_lock
from runtime.host.processes import run
from runtime.host.progress import Progress
from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.digests import sha256_files, sha256_json
from runtime.integrity.stamp import Stamp, read_stamp
from runtime.project import Project
from runtime.targets import host_target, interpreter_in, stdlib
from scripts.project import ROOT

PYINSTALLER = (
    *("pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "packaging", "setuptools"),
    *{"darwin": ("macholib",), "win32": ("pefile", "pywin32-ctypes")}.get(sys.platform, ()),
)
"""PyInstaller and its dependencies. Other packages of requirements-dev.lock are not installed, because it could bundle them."""

BUILD_FILES = [ROOT / "proof" / name for name in ("frozen_app.py", "frozen_app.spec", "frozen_entry.py")]
BUILD_FILES += sorted((ROOT / "harness" / "unfrozen_probes").glob("*.py"))
SUFFIX = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True)
class FrozenPrograms:
    """Paths of the two programs. Each accepts the arguments of `python -m app`, or `probes`."""

    onefile: Path
    onedir: Path
    """Executable in its folder."""

    @classmethod
    def in_folder(cls, folder: Path) -> "FrozenPrograms":
        """The paths of the programs in `folder`."""
        return cls(folder / f"onefile{SUFFIX}", folder / "onedir" / f"backend{SUFFIX}")


def frozen_app(project: Project, progress: Progress, *, force: bool = False) -> FrozenPrograms:
    """Build both programs (about a minute) or reuse them. Raises InputMissingError (no staged tree), StepFailedError."""
    target, folder = host_target(), project.build_dir / "frozen"
    pin = load_pins(project.pins_file).for_target(target)
    stamp = read_stamp(project.tree(target))
    if stamp is None:
        raise InputMissingError(f"{project.tree(target)} is not staged. Run `python3 -m runtime stage`.")
    tools = "".join(locked_requirement(project.dev_lock_file, name) for name in PYINSTALLER)
    key = _key(stamp, tools)
    key_file, programs = folder / "inputs.sha256", FrozenPrograms.in_folder(folder)
    # The staging lock: the tree must not change during the build.
    with staging_lock(project.build_dir / ".runtime.lock", progress):
        exists = all(path.is_file() for path in (key_file, programs.onefile, programs.onedir))
        if exists and not force and key_file.read_text("utf-8") == key:
            return programs
        resolved = _resolve_archive(project, target, stamp, progress)
        with staging_dir(project.build_dir) as scratch:
            output = scratch / "frozen"
            _build(project, pin, resolved, tools, scratch, output, progress)
            write_atomically(output / key_file.name, key)
            replace_dir(output, folder, scratch=scratch)
    return programs


def _key(stamp: Stamp, tools: str) -> str:
    build_files = sha256_files(ROOT, BUILD_FILES)
    return sha256_json([stamp.manifest_sha256, stamp.archive["sha256"], tools, build_files])


def _resolve_archive(project: Project, target: str, stamp: Stamp, progress: Progress) -> ResolvedArchive:
    """The archive of the staged tree. Raises InputMissingError if the sources return another archive."""
    archive, mirror = (os.environ.get(name) for name in (environment.ARCHIVE, environment.MIRROR))
    request = ArchiveRequest(
        source=None if stamp.shippable or archive else Source.GO_MODULE,
        archive=Path(archive).absolute() if archive else None,
        mirror=mirror or None,
    )
    pins = load_pins(project.pins_file)
    staging = Staging(project, target, request, environment.cache_dir(os.environ), progress)
    resolved = staging.resolve_archive(pins, pins.for_target(target))
    if resolved.sha256 != stamp.archive["sha256"]:
        raise InputMissingError(
            f"The staged tree was built from {stamp.archive['name']}, but {resolved.path} is another archive. "
            "Run `python3 -m runtime stage`, with the same archive or mirror."
        )
    return resolved


def _build(
    project: Project, pin: Pin, resolved: ResolvedArchive, tools: str, scratch: Path, output: Path, progress: Progress
) -> None:
    target, tree = pin.target, project.tree(pin.target)
    interpreter, pyinstaller = scratch / "interpreter", scratch / "pyinstaller"
    with progress.step("unpack", resolved.path.name):
        unpack(resolved.path, interpreter)
    with progress.step("install", "PyInstaller"):
        (scratch / "pyinstaller.lock").write_text(tools, encoding="utf-8")
        install_lock(project, scratch / "pyinstaller.lock", pyinstaller, target, pin.minor)
    interpreter_site = interpreter / stdlib(target, pin.minor) / "site-packages"
    interpreter_site.mkdir(exist_ok=True)
    packages, app = scratch / "site-packages", scratch / APP_SRC
    with progress.step("install", project.lock_file.name):
        install_lock(project, project.lock_file, packages, target, pin.minor)
    shutil.copytree(tree / APP_SRC, app)  # a copy, because PyInstaller's subprocesses write bytecode
    path_entries = [app, packages, pyinstaller]
    (interpreter_site / "frozen.pth").write_text("".join(f"{path}\n" for path in path_entries), encoding="utf-8")
    with progress.step("freeze"):
        command: list[str | Path] = [
            interpreter_in(interpreter, target),
            "-I",
            "-B",
            "-X",
            "utf8",
            "-m",
            "PyInstaller",
            "--noconfirm",
        ]
        command += ["--log-level", "WARN", "--distpath", output, "--workpath", scratch / "work"]
        run(
            [*command, ROOT / "proof" / "frozen_app.spec"],
            what="freeze the backend",
            # PyInstaller imports the app for analysis, and the app reads its settings on import.
            env=environment.tool_env(PYINSTALLER_CONFIG_DIR=str(scratch / "config"), DATA_DIR=str(scratch / "data")),
            cwd=scratch,
        )
    warnings = project.logs / "frozen-not-found.txt"
    warnings.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(scratch / "work" / "frozen_app" / "warn-frozen_app.txt", warnings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--force", action="store_true", help="rebuild even if no input changed")
    options = parser.parse_args()
    try:
        programs = frozen_app(Project.at(ROOT), Progress(sys.stderr), force=options.force)
    except RuntimeStagingError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_status
    print(programs.onefile, programs.onedir, sep="\n")
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
