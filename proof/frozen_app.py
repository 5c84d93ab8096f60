"""Freeze the backend with PyInstaller for comparison, as one file and as one folder, from the inputs of the staged tree.

The same CPython archive (unpruned, for its libpython), the same packages from unmodified wheels, the same app: the inputs of an app
without this project. The result is reused until an input changes. It is not shipped. Prints the paths of both programs.

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
from runtime.build.installer import locked_block
from runtime.build.stage import Staging
from runtime.errors import InputMissingError, RuntimeStagingError
from runtime.fetch.archive import Request, ResolvedArchive, Source
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
"""PyInstaller and its dependencies, without the rest of requirements-dev.lock, which it could include."""

RECIPE = [ROOT / "proof" / name for name in ("frozen_app.py", "frozen_app.spec", "frozen_entry.py")]
RECIPE += sorted((ROOT / "harness" / "unfrozen_probes").glob("*.py"))
SUFFIX = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True)
class Frozen:
    """The two programs. Each accepts the arguments of `python -m app`, or `probes`."""

    onefile: Path
    onedir: Path
    """Executable in its folder."""

    @classmethod
    def in_folder(cls, folder: Path) -> "Frozen":
        """The paths of the programs in `folder`."""
        return cls(folder / f"onefile{SUFFIX}", folder / "onedir" / f"backend{SUFFIX}")


def frozen_app(project: Project, progress: Progress, *, force: bool = False) -> Frozen:
    """Build both programs (about a minute) or reuse them. Raises InputMissingError (nothing staged), StepFailedError."""
    target, folder = host_target(), project.build_dir / "frozen"
    pin = load_pins(project.pins_file).for_target(target)
    stamp = read_stamp(project.tree(target))
    if stamp is None:
        raise InputMissingError(f"{project.tree(target)} is not staged. Run `python3 -m runtime stage`.")
    tools = "".join(locked_block(project.dev_lock_file, name) for name in PYINSTALLER)
    key = _key(stamp, tools)
    done, programs = folder / "inputs.sha256", Frozen.in_folder(folder)
    # The staging lock: the tree must not change during the build.
    with staging_lock(project.build_dir / ".runtime.lock", progress):
        there = all(path.is_file() for path in (done, programs.onefile, programs.onedir))
        if there and not force and done.read_text("utf-8") == key:
            return programs
        resolved = _resolve_archive(project, target, stamp, progress)
        with staging_dir(project.build_dir) as scratch:
            made = scratch / "frozen"
            _build(project, pin, resolved, tools, scratch, made, progress)
            write_atomically(made / done.name, key)
            replace_dir(made, folder, scratch=scratch)
    return programs


def _key(stamp: Stamp, tools: str) -> str:
    recipe = sha256_files(ROOT, RECIPE)
    return sha256_json([stamp.manifest_sha256, stamp.archive["sha256"], tools, recipe])


def _resolve_archive(project: Project, target: str, stamp: Stamp, progress: Progress) -> ResolvedArchive:
    """The archive that the staged tree was made from."""
    archive, mirror = (os.environ.get(name) for name in (environment.ARCHIVE, environment.MIRROR))
    request = Request(
        source=None if stamp.shippable or archive else Source.GO_MODULE,
        archive=Path(archive).absolute() if archive else None,
        mirror=mirror or None,
    )
    pins = load_pins(project.pins_file)
    staging = Staging(project, target, request, environment.cache_dir(os.environ), progress)
    resolved = staging.resolve_archive(pins, pins.for_target(target))
    if resolved.sha256 != stamp.archive["sha256"]:
        raise InputMissingError(
            f"The staged tree was made from {stamp.archive['name']}, which is not what {resolved.path} holds. "
            "Run `python3 -m runtime stage`, with the same archive or mirror."
        )
    return resolved


def _build(
    project: Project, pin: Pin, resolved: ResolvedArchive, tools: str, scratch: Path, made: Path, progress: Progress
) -> None:
    target, tree = pin.target, project.tree(pin.target)
    interpreter, pyinstaller = scratch / "interpreter", scratch / "pyinstaller"
    with progress.step("unpack", resolved.path.name):
        unpack(resolved.path, interpreter)
    with progress.step("install", "PyInstaller"):
        (scratch / "pyinstaller.lock").write_text(tools, encoding="utf-8")
        install_lock(project, scratch / "pyinstaller.lock", pyinstaller, target, pin.minor)
    own = interpreter / stdlib(target, pin.minor) / "site-packages"
    own.mkdir(exist_ok=True)
    packages, app = scratch / "site-packages", scratch / APP_SRC
    with progress.step("install", project.lock_file.name):
        install_lock(project, project.lock_file, packages, target, pin.minor)
    shutil.copytree(tree / APP_SRC, app)  # PyInstaller's helpers would write bytecode into the tree
    seen = [app, packages, pyinstaller]
    (own / "frozen.pth").write_text("".join(f"{path}\n" for path in seen), encoding="utf-8")
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
        command += ["--log-level", "WARN", "--distpath", made, "--workpath", scratch / "work"]
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
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    asked = parser.parse_args()
    try:
        programs = frozen_app(Project.at(ROOT), Progress(sys.stderr), force=asked.force)
    except RuntimeStagingError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_status
    print(programs.onefile, programs.onedir, sep="\n")
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
