"""Run a module on the staged interpreter, with the launch contract's flags: `python3 -m scripts.setup.bundled MODULE ARGUMENTS...`"""

import os
import subprocess
import sys

from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import staged_interpreter
from scripts.project import ROOT, RUN


def exec_command(command: list[str]) -> int:
    """Replace this process with a command. On Windows, run it and return its exit status."""
    sys.stdout.flush()
    if sys.platform == "win32":
        return subprocess.run(command, check=False).returncode
    try:
        os.execvp(command[0], command)  # noqa: S606 (a command of the project)
    except OSError as error:
        sys.exit(f"{command[0]} could not be run: {error.strerror}.")


def main() -> int:
    interpreter = staged_interpreter(ROOT)
    if not interpreter.is_file():
        sys.exit(f"{interpreter} does not exist: the runtime is not staged. Run `python3 -m runtime stage`.")
    return exec_command([str(interpreter), *CONTRACT_FLAGS, RUN, *sys.argv[1:]])


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
