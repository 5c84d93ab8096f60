"""Run the window in development, with UI and Python patched as they are saved: `make dev`."""

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
    if problem := cargo.conflicting_target(cargo.SHELL, os.environ):
        sys.exit(problem)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="of the app to patch (default: the debug build of this checkout)")
    parser.add_argument("--debug", action="store_true", help="have an editor's debugger attach to the backend")
    options = parser.parse_args()
    if options.debug:
        os.environ[DEBUGGER] = str(DEV_SITE_PACKAGES)
    named = ["--data-dir", options.data_dir] if options.data_dir else []
    patch = [str(staged_interpreter(ROOT)), *CONTRACT_FLAGS, RUN, "scripts.hot_patch", *named, "dev"]
    return exec_command([*patch, sys.executable, "-E", "-s", "-X", "utf8", RUN, "scripts.dev.window"])


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
