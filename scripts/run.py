"""Run a module of this project from any folder: run.py MODULE ARGUMENTS...

An isolated interpreter (`-I`) does not search the working directory, so `-m scripts.setup.bun` works only without it.
Only this file and setup/with_dev_tools.py change the `sys.path` of a command. It runs on Python 3.7 and newer.
"""

import os
import runpy
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def add_to_path(folder: "str | os.PathLike[str]") -> None:
    """Search this folder first when modules are imported, such as python-backend/ by a command that imports the app."""
    if os.fspath(folder) not in sys.path:
        sys.path.insert(0, os.fspath(folder))


def main() -> None:
    """Replace this file's folder by the project's root on `sys.path`, then run the module as `__main__`."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.path[:] = [os.path.dirname(FOLDER), *(path for path in sys.path if os.path.abspath(path) != FOLDER)]
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
