"""Command-line interface: `python3 -m runtime <command>`. commands.py implements the commands."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.commands import COMMANDS
from runtime.errors import RuntimeStagingError
from runtime.fetch.archive import Source
from runtime.fetch.pins import DEFAULT_SOURCES
from runtime.host import environment
from runtime.host.progress import Progress
from runtime.project import Project
from runtime.targets import TARGETS

EXIT_STATUSES = """exit status:
  0    done, or nothing to do
  1    failed; the message says what happened and what to do next
  2    the command line was wrong
  3    a source could not be reached at all
  4    the tree is damaged, missing or may not be shipped
  5    the sources of the pins disagree
  130  interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Build the argument parser with every command and its options."""
    top = argparse.ArgumentParser(
        prog="python3 -m runtime",
        description="Stages the Python runtime that ships.",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object on stdout, everything else on stderr")
    for_target = argparse.ArgumentParser(add_help=False, parents=[common])
    for_target.add_argument("--target", choices=TARGETS, metavar="TRIPLE", help="default: this machine's")
    for_tree = argparse.ArgumentParser(add_help=False, parents=[for_target])
    for_tree.add_argument("--tree", type=Path, metavar="DIR", help="any copy of a tree; default: the staged one")
    to_file = argparse.ArgumentParser(add_help=False, parents=[for_tree])
    to_file.add_argument("--output", type=Path, metavar="FILE", help="default: a file named after the target in build/")

    stage = commands.add_parser("stage", parents=[for_target], help="make build/runtime/<triple>, if anything changed")
    stage.add_argument("--source", choices=[source.value for source in Source], help="this source and no other")
    stage.add_argument("--archive", type=Path, metavar="FILE", help=f"a local archive; default: ${environment.ARCHIVE}")
    stage.add_argument("--sha256", metavar="HEX", help="expect this of the local archive, not what is pinned")
    stage.add_argument("--mirror", metavar="URL", help=f"base address of a mirror; default: ${environment.MIRROR}")
    check = commands.add_parser("verify", parents=[for_tree], help="compare a tree with its manifest, file by file")
    check.add_argument(
        "--shippable", action="store_true", help="also refuse a tree that is not made from the pinned release"
    )
    info = commands.add_parser(
        "info", parents=[for_tree], help="what a tree is, its digest, its size, its longest path"
    )
    info.add_argument(
        "--sizes", action="store_true", help="also what each package costs, on disk and compressed (slow)"
    )
    info.add_argument("--files", type=int, default=0, metavar="N", help="with --sizes: also the N largest files")
    info.add_argument("--level", type=int, default=19, choices=range(1, 20), metavar="1-19", help="zstd's; default: 19")
    commands.add_parser("natives", parents=[for_tree], help="list every native file in the order to sign them in")
    commands.add_parser("path", parents=[for_target], help="print the staged interpreter's path")
    commands.add_parser("sbom", parents=[to_file], help="write what ships as CycloneDX JSON")
    commands.add_parser(
        "licenses", parents=[to_file], help="write the licenses of what ships, as an HTML page and as JSON"
    )
    lock = commands.add_parser(
        "lock", parents=[common], help="compile requirements.in to requirements.lock, for a project without `make lock`"
    )
    lock.add_argument("--upgrade", action="store_true", help="to the newest versions")
    bundle = commands.add_parser(
        "bundle-config",
        parents=[common],
        help="write build/bundle.conf.json, which adds the tree and the reports to an installer",
    )
    bundle.add_argument("--allow-go-module", action="store_true", help="also a tree that may not be shipped, for tests")
    bump = commands.add_parser("bump-pins", parents=[common], help="pin another release, if two sources agree on it")
    bump.add_argument(
        "--python",
        metavar="X.Y[.Z]",
        help="a version, or a minor version like 3.15 for its newest patch; default: the minor version pinned now",
    )
    bump.add_argument("--release", metavar="YYYYMMDD", help="default: the newest that has it for all targets")
    bump.add_argument(
        "--source",
        action="append",
        metavar="SOURCE",
        help="a file, an address (may hold {release}) or pbs-installer; give at least two; default: "
        + " and ".join(DEFAULT_SOURCES),
    )
    bump.add_argument("--dry-run", action="store_true", help="ask and compare, but write nothing")
    clean = commands.add_parser(
        "clean", parents=[for_target], help="remove what was staged, one target's or everything"
    )
    clean.add_argument("--cache", action="store_true", help="also the archives that checkouts share")
    commands.add_parser(
        "dev-tools", parents=[common], help="install requirements-dev.lock into build/dev-site-packages"
    )
    commands.add_parser(
        "server-packages",
        parents=[common],
        help="install requirements-server.lock into build/server-site-packages",
    )
    return top


def main(arguments: Sequence[str] | None = None, project: Project | None = None) -> int:
    """Run one command and return its exit status (EXIT_STATUSES). Failures are written to stderr."""
    options = parser().parse_args(arguments)
    progress = Progress(sys.stderr if options.json or options.command == "path" else sys.stdout)
    try:
        answer = COMMANDS[options.command](
            options, project or Project.at(Path(__file__).resolve().parents[1]), progress
        )
    except RuntimeStagingError as error:
        return _failed(options.json, error.code, str(error), error.exit_status)
    except OSError as error:
        said = f"the system refused: {error}. Check that the path it names can be written to and has room."
        return _failed(options.json, "system", said, 1)
    except KeyboardInterrupt:
        return _failed(options.json, "interrupted", "interrupted; nothing was changed", 130)
    if options.json:
        print(json.dumps({"ok": True} | answer.data, indent=2))
    else:
        print("\n".join(answer.lines))
    return 0


def _failed(as_json: bool, code: str, message: str, status: int) -> int:
    sys.stdout.flush()
    if as_json:
        print(json.dumps({"ok": False, "error": {"code": code, "message": message}}, indent=2))
    print(f"error: {message}", file=sys.stderr)
    return status
