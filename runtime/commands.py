"""Command implementations. Each takes the parsed options and returns a CommandResult."""

# ruff: noqa: ARG001 (all commands have the same signature)

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.errors import InputMissingError, TreeDamagedError
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.host import environment
from runtime.host.progress import Progress
from runtime.project import Project
from runtime.targets import host_target, interpreter_in

if TYPE_CHECKING:
    from runtime.inventory.sizes import FileSize, Size

# Other modules are imported on use, so that the up-to-date check takes a fraction of a second.


@dataclass(frozen=True)
class CommandResult:
    """Result of a command: text lines, and data for `--json`."""

    lines: list[str]
    data: dict[str, Any] = field(default_factory=dict)


def _target(options: argparse.Namespace) -> str:
    target: str = options.target or host_target()
    return target


def _tree(options: argparse.Namespace, project: Project) -> Path:
    tree: Path = options.tree or project.tree(_target(options))
    return tree


def stage(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Bring a target's tree up to date."""
    from runtime.build.stage import Outcome, Staging
    from runtime.integrity.stamp import read_stamp

    archive = options.archive or os.environ.get(environment.ARCHIVE)
    request = ArchiveRequest(
        source=Source(options.source) if options.source else None,
        archive=Path(archive).absolute() if archive else None,
        archive_sha256=options.sha256.lower() if options.sha256 else None,
        mirror=options.mirror or os.environ.get(environment.MIRROR) or None,
    )
    if request.archive_sha256 and request.archive is None:
        raise InputMissingError("--sha256 requires a local archive: --archive FILE or RUNTIME_ARCHIVE.")
    target, started = _target(options), time.monotonic()
    outcome = Staging(project, target, request, environment.cache_dir(os.environ), progress).run()
    seconds, tree = time.monotonic() - started, project.tree(target)
    stamp = read_stamp(tree)
    assert stamp is not None, "run() has staged it"
    timings = f": {progress.summary()}" if outcome is not Outcome.UP_TO_DATE else ""
    if not stamp.shippable and outcome is Outcome.STAGED:
        progress.warn(
            f"Note: CPython {stamp.python} comes from a {stamp.provenance}, for development and tests. "
            "Installers for distribution need the pinned release."
        )
    return CommandResult(
        [f"{tree} (CPython {stamp.python}, {stamp.provenance}): {outcome.value} in {seconds:.1f} s{timings}"],
        {
            "tree": str(tree),
            "outcome": outcome.name.lower(),
            "seconds": round(seconds, 3),
            "timings_seconds": {name: round(took, 3) for name, took in progress.timings},
            "tree_sha256": stamp.manifest_sha256,
            "stamp": asdict(stamp),
        },
    )


def verify(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Compare a tree with its manifest, hashing every file."""
    from runtime.integrity.verify import verify

    tree = _tree(options, project)
    stamp = verify(tree, shippable=options.shippable)
    return CommandResult(
        [f"{tree}: unchanged (CPython {stamp.python}, {stamp.provenance})"],
        {"tree": str(tree), "tree_sha256": stamp.manifest_sha256, "stamp": asdict(stamp)},
    )


def info(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Describe a tree; --sizes adds disk and compressed sizes."""
    from runtime.integrity.info import as_lines, info

    data = info(_tree(options, project))
    lines = as_lines(data)
    if options.sizes:
        from runtime.inventory.sizes import compressor, largest_files, sizes

        compress = compressor()
        if compress is None:
            progress.warn(
                "zstd is missing: neither Python 3.14's module nor the program is available. Only sizes on disk are reported."
            )
        measured = sizes(_tree(options, project), compress, options.level)
        data |= {"zstd_level": options.level if compress else None, "sizes": [asdict(size) for size in measured]}
        lines += ["", f"{'files':>6} {'MB':>8} {f'zstd -{options.level}':>9}  part"]
        lines += [f"{size.files:>6} {_megabytes(size)}  {size.name}" for size in measured]
        if options.files:
            files = largest_files(_tree(options, project), compress, options.level, options.files)
            data["largest_files"] = [asdict(file) for file in files]
            lines += ["", f"{'MB':>8} {f'zstd -{options.level}':>9}  file"]
            lines += [f"{_megabytes(file)}  {file.name}" for file in files]
    return CommandResult(lines, data)


def _megabytes(size: "Size | FileSize") -> str:
    """Disk and compressed size in MB (10^6 bytes), as two columns."""
    packed = "" if size.compressed_bytes is None else f"{size.compressed_bytes / 1e6:.2f}"
    return f"{size.disk_bytes / 1e6:>8.2f} {packed:>9}"


def natives(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """List native files in signing order, libraries first."""
    from runtime.integrity.natives import natives

    tree = _tree(options, project)
    if not tree.is_dir():
        raise TreeDamagedError(
            f"{tree} is not a folder. Pass the folder of a staged tree, or run `python3 -m runtime stage`."
        )
    found = natives(tree)
    lines = [f"{native.kind:<7} {'program' if native.program else 'library'}  {native.name}" for native in found]
    return CommandResult(lines, {"natives": [asdict(native) for native in found]})


def path(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Print the interpreter's path."""
    tree = project.tree(_target(options))
    interpreter = interpreter_in(tree, _target(options))
    if not interpreter.is_file():
        raise TreeDamagedError(f"{tree} is not staged yet. Run `python3 -m runtime stage`.")
    return CommandResult([str(interpreter)], {"path": str(interpreter)})


def _report(options: argparse.Namespace, project: Project, progress: Progress, *kinds: str) -> CommandResult:
    """Write reports of these kinds. The result describes the first."""
    from runtime.inventory.components import components
    from runtime.inventory.reports import write_report

    found = components(_tree(options, project), project)
    output, *_ = [write_report(project, found, kind, options.output) for kind in kinds]
    for group, advice in found.missing.items():
        progress.warn(f"Missing in the report: {group} (first run: {advice}).")
    counts = {group: len(packages) for group, packages in found.groups.items()}
    listed = ", ".join(f"{count} in {group}" for group, count in counts.items())
    return CommandResult(
        [f"{output}: {listed}"], {"file": str(output), "counts": counts, "missing": sorted(found.missing)}
    )


def sbom(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Write build/sbom.<target>.cdx.json."""
    return _report(options, project, progress, "sbom")


def licenses(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Write build/licenses.<target>.html and .json (for a debug build's UI), or only the file given by --output."""
    if options.output is None:
        return _report(options, project, progress, "licenses", "licenses-data")
    return _report(options, project, progress, "licenses-data" if options.output.suffix == ".json" else "licenses")


def lock(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Write requirements.lock."""
    from runtime.build.lock import compile_lock

    written = compile_lock(project, upgrade=options.upgrade)
    return CommandResult([f"{written}: compiled from {written.with_suffix('.in').name}"], {"file": str(written)})


def bundle_config(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Write build/bundle.conf.json."""
    from runtime.build.bundle import bundle_settings, write_bundle_config, write_reports
    from runtime.integrity.verify import verify

    tree = project.tree(host_target())
    stamp = verify(tree, shippable=not options.allow_go_module)
    for heading, advice in write_reports(project, tree).items():
        progress.warn(f"Missing in the reports: {heading} (first run: {advice}).")
    written = write_bundle_config(project, bundle_settings(project, tree, stamp))
    return CommandResult([f"{written}: for tauri build --config"], {"file": str(written)})


def bump_pins(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Pin another release."""
    from runtime.build.uv import ensure_uv, venv_python
    from runtime.fetch.bump import RequestedPin, bump
    from runtime.fetch.download import without_credentials
    from runtime.fetch.pins import DEFAULT_SOURCES, PBS_INSTALLER, load_pins

    old = load_pins(project.pins_file)
    sources = options.source or list(DEFAULT_SOURCES)
    requested, pip_interpreter = RequestedPin(options.python, options.release), None
    if PBS_INSTALLER in sources:
        ensure_uv(project)
        pip_interpreter = venv_python(project.tools_venv)
    new = bump(project.pins_file, requested, sources, progress, pip_interpreter, write=not options.dry_run)
    what = "the same as before" if new == old else f"was CPython {old.python}, release {old.release}"
    note = " Dry run: pins.json is unchanged." if options.dry_run else ""
    return CommandResult(
        [
            f"CPython {new.python}, release {new.release}: {len(sources)} sources agree on {len(new.sha256)} archives; {what}.{note}"
        ],
        {
            "python": new.python,
            "release": new.release,
            "sha256": new.sha256,
            "sources": [without_credentials(source) for source in sources],
            "changed": new != old,
        },
    )


def clean(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Remove one target's tree, or all trees, tools and packages."""
    from runtime.build.clean import clean

    cache = environment.cache_dir(os.environ) if options.cache else None
    removed = [str(path) for path in clean(project, options.target, cache, progress)]
    return CommandResult([f"removed {path}" for path in removed] or ["nothing to remove"], {"removed": removed})


def dev_tools(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Install the development tools."""
    return _install_packages(project, project.dev_lock_file, project.dev_packages, progress)


def server_packages(options: argparse.Namespace, project: Project, progress: Progress) -> CommandResult:
    """Install the additional packages of server mode."""
    return _install_packages(project, project.server_lock_file, project.server_packages, progress)


def _install_packages(project: Project, lock_file: Path, folder: Path, progress: Progress) -> CommandResult:
    from runtime.build.additional_packages import install_additional_packages

    changed = install_additional_packages(project, lock_file, folder, progress)
    summary = progress.summary() if changed else "up to date"
    return CommandResult([f"{folder}: {summary}"], {"folder": str(folder), "changed": changed})


Command = Callable[[argparse.Namespace, Project, Progress], CommandResult]
COMMANDS: dict[str, Command] = {
    "stage": stage,
    "verify": verify,
    "info": info,
    "natives": natives,
    "path": path,
    "sbom": sbom,
    "licenses": licenses,
    "lock": lock,
    "bundle-config": bundle_config,
    "bump-pins": bump_pins,
    "clean": clean,
    "dev-tools": dev_tools,
    "server-packages": server_packages,
}
