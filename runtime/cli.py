"""The command line: `python3 -m runtime <command>`."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from runtime import environment
from runtime.dev_tools import stage_dev_tools
from runtime.errors import InputMissingError, RuntimeStagingError
from runtime.obtain import Request, Source
from runtime.pins import load_pins
from runtime.progress import Progress
from runtime.project import Project
from runtime.stage import Outcome, Staging
from runtime.stamp import read_stamp
from runtime.standin.build import stand_in_archive
from runtime.targets import TARGETS, host_target, interpreter_in
from runtime.verify import verify


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m runtime", description="Stages the Python runtime that ships.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for_target = argparse.ArgumentParser(add_help=False)
    for_target.add_argument("--target", choices=TARGETS, metavar="TRIPLE", help="default: this machine's")
    stage = commands.add_parser("stage", parents=[for_target], help="make build/runtime/<triple>, if anything changed")
    stage.add_argument("--source", choices=[source.value for source in Source], help="this source and no other")
    stage.add_argument("--archive", type=Path, metavar="FILE", help=f"a local archive; default: ${environment.ARCHIVE}")
    stage.add_argument("--sha256", metavar="HEX", help="expect this of the local archive, not what is pinned")
    stage.add_argument("--mirror", metavar="URL", help=f"base address of a mirror; default: ${environment.MIRROR}")
    check = commands.add_parser("verify", parents=[for_target], help="compare a tree with its manifest, file by file")
    check.add_argument("--tree", type=Path, metavar="DIR", help="any copy of a tree; default: the staged one")
    check.add_argument("--shippable", action="store_true", help="also refuse a stand-in")
    commands.add_parser("path", parents=[for_target], help="print the staged interpreter's path")
    commands.add_parser("dev-tools", help="install requirements-dev.lock into build/dev-site-packages")
    commands.add_parser("stand-in", help="compile the stand-in's archive, if need be, and print its path")
    return parser


def _stage(options: argparse.Namespace, project: Project, progress: Progress) -> None:
    archive = options.archive or os.environ.get(environment.ARCHIVE)
    request = Request(
        source=Source(options.source) if options.source else None,
        archive=Path(archive).absolute() if archive else None,
        archive_sha256=options.sha256.lower() if options.sha256 else None,
        mirror=options.mirror or os.environ.get(environment.MIRROR) or None,
    )
    if request.archive_sha256 and request.archive is None:
        raise InputMissingError("--sha256 is about a local archive: give that with --archive FILE or RUNTIME_ARCHIVE.")
    target = options.target or host_target()
    started = time.monotonic()
    outcome = Staging(project, target, request, environment.cache_dir(os.environ), progress).run()
    stamp = read_stamp(project.tree(target))
    described = f"CPython {stamp.python}, {stamp.provenance}" if stamp else ""
    timings = f": {progress.summary()}" if outcome is not Outcome.NOTHING else ""
    seconds = time.monotonic() - started
    progress.say(f"{project.tree(target)} ({described}): {outcome.value} in {seconds:.1f} s{timings}")
    if stamp and not stamp.shippable and outcome is Outcome.STAGED:
        progress.warn("Note: this is a stand-in, for development and tests. Installers for others need the release.")


def _run(options: argparse.Namespace, project: Project, progress: Progress) -> None:
    match options.command:
        case "stage":
            _stage(options, project, progress)
        case "verify":
            tree = options.tree or project.tree(options.target or host_target())
            stamp = verify(tree, shippable=options.shippable)
            progress.say(f"{tree}: as staged (CPython {stamp.python}, {stamp.provenance})")
        case "path":
            target = options.target or host_target()
            interpreter = interpreter_in(project.tree(target), target)
            if not interpreter.is_file():
                raise InputMissingError(f"{project.tree(target)} is not staged yet. Run `python3 -m runtime stage`.")
            print(interpreter)
        case "dev-tools":
            changed = stage_dev_tools(project, progress)
            progress.say(f"{project.dev_packages}: {progress.summary() if changed else 'up to date'}")
        case "stand-in":
            pins, cache = load_pins(project.pins_file), environment.cache_dir(os.environ)
            print(stand_in_archive(pins.stand_in, host_target(), cache, project.logs, Progress(sys.stderr)))


def main(arguments: Sequence[str] | None = None, project: Project | None = None) -> int:
    """Run one command; 0 if it worked, 1 with the reason on stderr if not, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        _run(options, project or Project.at(Path(__file__).resolve().parents[1]), Progress(sys.stdout))
    except RuntimeStagingError as error:
        sys.stdout.flush()
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: the system refused: {error}. Check the permissions of build/ and the cache.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return 130
    return 0
