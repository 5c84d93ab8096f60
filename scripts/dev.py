"""Run the window in development, with UI and Python patched as they are saved: `make dev`."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.host.tool_environment import adopt  # noqa: E402
from runtime.integrity.self_check import CONTRACT_FLAGS  # noqa: E402
from runtime.project import staged_interpreter  # noqa: E402
from scripts import cargo  # noqa: E402
from scripts.bundled import become  # noqa: E402
from scripts.hot_patch.program import DEBUGGER  # noqa: E402
from scripts.with_dev_tools import DEV_SITE_PACKAGES  # noqa: E402


def main() -> int:
    os.environ.update(cargo.environment())
    os.chdir(ROOT)
    if problem := cargo.foreign_target(cargo.SHELL, os.environ):
        sys.exit(problem)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="of the app to patch (default: the debug build of this checkout)")
    parser.add_argument("--debug", action="store_true", help="have an editor's debugger attach to the backend")
    asked = parser.parse_args()
    if asked.debug:
        os.environ[DEBUGGER] = str(DEV_SITE_PACKAGES)
    named = ["--data-dir", asked.data_dir] if asked.data_dir else []
    patch = [str(staged_interpreter(ROOT)), *CONTRACT_FLAGS, "scripts/hot_patch", *named, "dev"]
    return become([*patch, sys.executable, "-E", "-s", "-X", "utf8", "scripts/dev_window.py"])


if __name__ == "__main__":
    adopt()
    sys.exit(main())
