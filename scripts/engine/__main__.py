"""Upgrade the engine, record it in engine.lock, or add it to another Tauri app.

`python3 -m scripts.engine upgrade --from FROM [--ref REF] | record | add APP`
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from scripts.engine.add import add_engine
from scripts.engine.lock import LOCK_FILE, write_lock
from scripts.engine.parts import EngineError
from scripts.engine.source import engine_source
from scripts.engine.upgrade import upgrade
from scripts.project import ROOT

NEXT_STEPS = """Next:
  1. Read the changes above and follow their notes.
  2. make lock      if you changed requirements*.in
  3. make test
  4. git add -A && git commit
To undo: git restore . && git clean -fd"""

NEXT_STEPS_WITHOUT_MAKE = """Next: read the changes above and follow their notes, then run `python3 -m runtime stage`, test and commit.
To undo: git restore . && git clean -fd"""


def main() -> int:
    """The address is passed as an option, or by make in ENGINE_* variables, which no shell expands."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    upgrade_command = commands.add_parser("upgrade", help="replace the engine with that of FROM")
    upgrade_command.add_argument(
        "--from", dest="address", default=os.environ.get("ENGINE_FROM"), help="folder or git address"
    )
    upgrade_command.add_argument("--ref", default=os.environ.get("ENGINE_REF") or None, help="branch, tag or commit")
    upgrade_command.add_argument("--skip-tests", action="store_true", help="do not run the contract tests")
    commands.add_parser("record", help=f"write {LOCK_FILE} for the current engine files")
    add_command = commands.add_parser("add", help="add the engine to a Tauri app: docs/add-to-your-app.md")
    add_command.add_argument("app", type=Path, help="folder of the app")
    options = parser.parse_args()
    try:
        if options.command == "add":
            print("\n".join(add_engine(ROOT, options.app.resolve())))
            return 0
        if options.command == "record":
            write_lock(ROOT)
            print(f"Wrote {LOCK_FILE}.")
            return 0
        if not options.address:
            raise EngineError(
                "Select the new engine: make upgrade-engine FROM=<folder or git address> [REF=<branch, tag or commit>]"
            )
        with engine_source(options.address, options.ref) as source:
            upgraded = upgrade(ROOT, source)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    if not upgraded:
        print("The engine is up to date.")
        return 0
    print("\n".join(map(str, upgraded)))
    if not (ROOT / "Makefile").is_file():
        print(NEXT_STEPS_WITHOUT_MAKE)
        return 0
    print(NEXT_STEPS)
    if options.skip_tests:
        return 0
    print("Running the contract tests (make test-contract).", flush=True)
    return subprocess.run(["make", "--no-print-directory", "test-contract"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
