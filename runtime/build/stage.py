"""Stages a target's tree: resolve the archive, unpack, prune, write the .pth, install packages, slim, copy the app, compile, pack, check, stamp, replace.

The new tree is built in a temporary folder and replaces the old tree only after it has passed the self-check.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from runtime.app_source import APP_SRC, AppSource, PackageRules, is_app_file
from runtime.build.atomic import replace_dir, staging_dir
from runtime.build.bytecode import compile_bytecode, compiler_for
from runtime.build.install import install_lock
from runtime.build.pack import StartupImports, list_startup_imports, pack_bytecode
from runtime.build.prune import prune_python, prune_site_packages
from runtime.build.pth import write_pth
from runtime.build.slim import slim_packages, slim_python
from runtime.errors import WrongVersionError
from runtime.fetch.archive import ArchiveRequest, ArchiveResolver, ResolvedArchive, Source
from runtime.fetch.go_module import go_module_archive
from runtime.fetch.pins import GoModulePin, Pin, Pins, load_pins
from runtime.fetch.unpack import unpack
from runtime.fetch.version import python_version
from runtime.host.lockfile import staging_lock
from runtime.host.processes import reporting_disk_full
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.integrity.manifest import MANIFEST_NAME, compare, hash_tree, read_manifest, write_manifest
from runtime.integrity.natives import kind_of
from runtime.integrity.portable_names import check_names
from runtime.integrity.self_check import self_check
from runtime.integrity.stamp import PROVENANCE, inputs_sha256, make_stamp, read_stamp
from runtime.project import Project
from runtime.targets import host_target, interpreter_in, stdlib

_TEMPORARY_NAME = "trée with spaces"
"""Folder name during the build, so that every staging tests a path with spaces and non-ASCII characters."""


class Outcome(Enum):
    """The result of staging."""

    UP_TO_DATE = "up to date"
    APP_REFRESHED = "app source refreshed"
    STAGED = "staged"


@dataclass(frozen=True)
class Tools:
    """Steps that need the network or a real interpreter; tests replace them."""

    install: Callable[[Project, Path, Path, str, str], None] = install_lock
    compile: Callable[[Path, Path, list[Path], PackageRules], None] = compile_bytecode
    list_startup_imports: Callable[[Path, Sequence[str]], StartupImports] = list_startup_imports
    check: Callable[[Path, Path, str, AppSource], dict[str, Any]] = self_check
    fetch_go_module: Callable[[GoModulePin, str, Path, Progress], Path] = go_module_archive


@dataclass(frozen=True)
class Staging:
    """Stages one target's tree."""

    project: Project
    target: str
    request: ArchiveRequest
    cache: Path
    progress: Progress
    tools: Tools = Tools()

    def run(self) -> Outcome:
        """Bring the tree up to date. Raises RuntimeStagingError; the previous tree is then unchanged."""
        pins = load_pins(self.project.pins_file)
        pin = pins.for_target(self.target)
        with reporting_disk_full(self.project.build_dir):
            if self._required_outcome(pins, pin) is Outcome.UP_TO_DATE:
                return Outcome.UP_TO_DATE
            with staging_lock(self.project.build_dir / ".runtime.lock", self.progress):
                # Another process may have staged it while this one waited for the lock.
                outcome = self._required_outcome(pins, pin, self.progress.warn)
                if outcome is Outcome.APP_REFRESHED:
                    self._refresh_app(pin)
                elif outcome is Outcome.STAGED:
                    self._stage(pins, pin)
                return outcome

    def _required_outcome(self, pins: Pins, pin: Pin, report: Callable[[str], None] = lambda _: None) -> Outcome:
        """Determine the required work. Hashes every file, because an edit may preserve the size; passes damage to `report`."""
        tree = self.project.tree(self.target)
        stamp = read_stamp(tree)
        app = self.project.app_source.sha256()
        if stamp is None or stamp.inputs_sha256 != inputs_sha256(self.project, pins, self.target):
            return Outcome.STAGED
        if not (interpreter_in(tree, self.target).is_file() and (tree / "site-packages").is_dir()):
            return Outcome.STAGED
        if not self._satisfied_by(stamp.request_sha256, stamp.archive.get("sha256", ""), stamp.provenance, pin):
            return Outcome.STAGED
        if not (tree / MANIFEST_NAME).is_file() or sha256_file(tree / MANIFEST_NAME) != stamp.manifest_sha256:
            report(f"{tree / MANIFEST_NAME} differs from the staged manifest: staging again")
            return Outcome.STAGED
        differences = compare(tree)
        if not all(is_app_file(name) for name in differences.all()):
            report(f"{tree} differs from its manifest; {differences}: staging again")
            return Outcome.STAGED
        if not differences and stamp.app_sha256 == app:
            return Outcome.UP_TO_DATE
        if stamp.signed and any(kind_of(path) for path in self.project.app_source.files()):
            return Outcome.STAGED  # a copy of the app's native files would be unsigned, while the stamp says signed
        if stamp.app_sha256 == app:
            report(f"{tree} differs from its manifest; {differences}: copying the app again")
        return Outcome.APP_REFRESHED

    def _satisfied_by(self, request_sha256: str, archive_sha256: str, provenance: str, pin: Pin) -> bool:
        """Whether the existing tree satisfies this request without a download."""
        if request_sha256 == self.request.fingerprint():
            return True
        if self.request.source is Source.GO_MODULE:
            return provenance == PROVENANCE[Source.GO_MODULE]
        return self.request.accepts_pinned_archive() and archive_sha256 == pin.sha256

    def _stage(self, pins: Pins, pin: Pin) -> None:
        step, project, target = self.progress.step, self.project, self.target
        self.progress.info(f"Staging the Python runtime for {target}")
        with step("resolve the archive"):
            resolved = self.resolve_archive(pins, pin)
            self.progress.info(f"    {resolved.path.name} ({PROVENANCE[resolved.source]})")
        with staging_dir(project.trees) as scratch:
            tree = scratch / _TEMPORARY_NAME
            with step("unpack"):
                python = unpack(resolved.path, tree)
                _check_version(python, resolved)
            with step("prune"):
                prune_python(python, target, pin.minor)
                slim_python(python, tree / stdlib(target, pin.minor))
                write_pth(tree, target, pin.minor)
            with step("install", project.lock_file.name):
                self.tools.install(project, project.lock_file, tree / "site-packages", target, pin.minor)
                prune_site_packages(tree / "site-packages")
                slim_packages(tree / "site-packages", target, project.app_source.rules.exclude)
            with step("copy the app"):
                app = project.app_source.sha256()
                project.app_source.copy(tree / APP_SRC)
            with step("compile bytecode"):
                compiler = self._compile(pin, tree, [tree / name for name in ("python", "site-packages", APP_SRC)])
                pack_bytecode(
                    tree,
                    target,
                    pin.minor,
                    self.tools.list_startup_imports(compiler, project.app_source.startup_modules),
                )
            self._check(tree, resolved)
            with step("stamp"):
                files = hash_tree(tree)
                check_names(files)
                digest = write_manifest(tree, files)
                make_stamp(project, pins, pin, self.request, resolved, app_sha256=app, manifest_sha256=digest).write(
                    tree
                )
            replace_dir(tree, project.tree(target), scratch=scratch)

    def resolve_archive(self, pins: Pins, pin: Pin) -> ResolvedArchive:
        """Resolve the archive to unpack. Raises RuntimeStagingError."""
        with reporting_disk_full(self.cache):
            resolver = ArchiveResolver(pin, pins.go_module, self.cache, self.progress, self.tools.fetch_go_module)
            return resolver.resolve_archive(self.request)

    def _compile(self, pin: Pin, root: Path, folders: list[Path]) -> Path:
        """Compile bytecode. Returns the interpreter that compiled."""
        tree = root if (root / "python").is_dir() else self.project.tree(self.target)
        host_tree = self.project.tree(host_target())
        compiler = compiler_for(tree, self.target, host_tree, pin.minor)
        self.tools.compile(compiler, root, folders, self.project.app_source.rules)
        return compiler

    def _check(self, tree: Path, resolved: ResolvedArchive) -> None:
        if self.target != host_target():
            self.progress.info(f"  self-check: skipped, because {self.target} does not run on this host")
            return
        with self.progress.step("self-check"):
            self.tools.check(tree, interpreter_in(tree, self.target), resolved.python, self.project.app_source)

    def _refresh_app(self, pin: Pin) -> None:
        """Replace only app_src. Writes the stamp last, so that the next run repeats an interrupted one."""
        tree = self.project.tree(self.target)
        stamp = read_stamp(tree)
        assert stamp is not None, "_required_outcome has read it, and this process holds the lock"
        with self.progress.step("refresh the app"), staging_dir(self.project.trees) as scratch:
            app = self.project.app_source.sha256()
            self.project.app_source.copy(scratch / APP_SRC)
            self._compile(pin, scratch, [scratch / APP_SRC])
            manifest = {name: digest for name, digest in read_manifest(tree).items() if not is_app_file(name)}
            manifest |= hash_tree(scratch, APP_SRC)
            check_names(manifest)
            replace_dir(scratch / APP_SRC, tree / APP_SRC, scratch=scratch)
            digest = write_manifest(tree, manifest)
            replace(stamp, app_sha256=app, manifest_sha256=digest).write(tree)


def _check_version(python: Path, resolved: ResolvedArchive) -> None:
    """Compare the unpacked interpreter's version with the expected version. Raises WrongVersionError."""
    actual = python_version(python)
    if actual != resolved.python:
        raise WrongVersionError(
            f"{resolved.path.name} contains CPython {actual}, but runtime/pins.json pins {resolved.python}. "
            "Use an archive of the pinned version, or pin this version (`python3 -m runtime bump-pins`)."
        )
