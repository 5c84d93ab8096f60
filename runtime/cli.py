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
  0    success, or already up to date
  1    failure; the message states the cause and the next step
  2    usage error
  3    no source could be reached
  4    the tree is damaged, missing or not shippable
  5    the sources of the pins disagree
  130  interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Build the argument parser with every command and its options."""
    top = argparse.ArgumentParser(
        prog="python3 -m runtime",
        description="Pins and stages the Python runtime that the app ships.",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--json", action="store_true", help="print one JSON object to stdout and all other output to stderr"
    )
    for_target = argparse.ArgumentParser(add_help=False, parents=[common])
    for_target.add_argument("--target", choices=TARGETS, metavar="TRIPLE", help="target triple; default: the host's")
    for_tree = argparse.ArgumentParser(add_help=False, parents=[for_target])
    for_tree.add_argument(
        "--tree", type=Path, metavar="DIR", help="folder of a staged or installed tree; default: the staged tree"
    )
    to_file = argparse.ArgumentParser(add_help=False, parents=[for_tree])
    to_file.add_argument("--output", type=Path, metavar="FILE", help="default: build/<report>.<target>.<extension>")

    stage = commands.add_parser("stage", parents=[for_target], help="create or update build/runtime/<triple>")
    stage.add_argument("--source", choices=[source.value for source in Source], help="use only this source")
    stage.add_argument("--archive", type=Path, metavar="FILE", help=f"a local archive; default: ${environment.ARCHIVE}")
    stage.add_argument("--sha256", metavar="HEX", help="expected SHA-256 of the local archive; default: the pinned one")
    stage.add_argument("--mirror", metavar="URL", help=f"base URL of a mirror; default: ${environment.MIRROR}")
    check = commands.add_parser("verify", parents=[for_tree], help="compare every file of a tree with its manifest")
    check.add_argument("--shippable", action="store_true", help="also fail if the tree was built from the Go module")
    info = commands.add_parser(
        "info", parents=[for_tree], help="print a tree's version, source, digest, size and longest path"
    )
    info.add_argument(
        "--sizes", action="store_true", help="also print the size of each package, on disk and compressed (slow)"
    )
    info.add_argument("--files", type=int, default=0, metavar="N", help="with --sizes: also print the N largest files")
    info.add_argument(
        "--level",
        type=int,
        default=19,
        choices=range(1, 20),
        metavar="1-19",
        help="zstd compression level; default: 19",
    )
    commands.add_parser("natives", parents=[for_tree], help="list the native files in signing order")
    commands.add_parser("path", parents=[for_target], help="print the staged interpreter's path")
    commands.add_parser("sbom", parents=[to_file], help="write the bill of materials as CycloneDX JSON")
    commands.add_parser("licenses", parents=[to_file], help="write the license report as an HTML page and as JSON")
    lock = commands.add_parser(
        "lock", parents=[common], help="compile requirements.in to requirements.lock, in a project without `make lock`"
    )
    lock.add_argument("--upgrade", action="store_true", help="upgrade every package to its newest version")
    bundle = commands.add_parser(
        "bundle-config",
        parents=[common],
        help="write build/bundle.conf.json, which adds the tree and the reports to an installer",
    )
    bundle.add_argument("--allow-go-module", action="store_true", help="allow a tree that is not shippable, for tests")
    bump = commands.add_parser("bump-pins", parents=[common], help="pin another release if two sources agree on it")
    bump.add_argument(
        "--python",
        metavar="X.Y[.Z]",
        help="a version, or a minor version such as 3.15 for its newest patch; default: the pinned minor version",
    )
    bump.add_argument("--release", metavar="YYYYMMDD", help="default: the newest release that has it for all targets")
    bump.add_argument(
        "--source",
        action="append",
        metavar="SOURCE",
        help="a file, a URL (may contain {release}) or pbs-installer; at least two; default: "
        + " and ".join(DEFAULT_SOURCES),
    )
    bump.add_argument("--dry-run", action="store_true", help="query and compare the sources without writing pins.json")
    clean = commands.add_parser(
        "clean", parents=[for_target], help="remove one target's tree, or all trees, tools and packages"
    )
    clean.add_argument(
        "--cache", action="store_true", help="also remove the cached archives, which all checkouts share"
    )
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
        result = COMMANDS[options.command](
            options, project or Project.at(Path(__file__).resolve().parents[1]), progress
        )
    except RuntimeStagingError as error:
        return _failed(options.json, error.code, str(error), error.exit_status)
    except OSError as error:
        message = f"operating system error: {error}. Check that the path is writable and the disk has free space."
        return _failed(options.json, "system", message, 1)
    except KeyboardInterrupt:
        return _failed(options.json, "interrupted", "interrupted. Run the command again", 130)
    if options.json:
        print(json.dumps({"ok": True} | result.data, indent=2))
    else:
        print("\n".join(result.lines))
    return 0


def _failed(as_json: bool, code: str, message: str, status: int) -> int:
    sys.stdout.flush()
    if as_json:
        print(json.dumps({"ok": False, "error": {"code": code, "message": message}}, indent=2))
    print(f"error: {message}", file=sys.stderr)
    return status
