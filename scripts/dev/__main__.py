"""Run the window in development and patch UI and Python at each save: `make dev`."""

import argparse
import os
import sys

from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import staged_interpreter
from scripts.hot_patch.program import DEBUGGER
from scripts.project import ROOT, RUN
from scripts.setup import cargo
from scripts.setup.bundled import exec_command
from scripts.setup.with_dev_tools import DEV_SITE_PACKAGES


def main() -> int:
    os.environ.update(cargo.environment())
    os.chdir(ROOT)
    if problem := cargo.conflicting_target(cargo.SRC_TAURI, os.environ):
        sys.exit(problem)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debug", action="store_true", help="allow an editor's debugger to attach to the backend")
    options = parser.parse_args()
    if options.debug:
        os.environ[DEBUGGER] = str(DEV_SITE_PACKAGES)
    watch = [str(staged_interpreter(ROOT)), *CONTRACT_FLAGS, RUN, "scripts.hot_patch", "dev"]
    return exec_command([*watch, sys.executable, "-E", "-s", "-X", "utf8", RUN, "scripts.dev.window"])


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
