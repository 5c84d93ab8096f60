"""Compile the lock files from requirements*.in: `make lock`. Run on the bundled interpreter."""

import os
import subprocess
import sys

from runtime.build.uv import venv_python
from runtime.fetch.index_settings import pip_env
from runtime.host.tool_environment import apply_tool_environment
from runtime.project import Project
from scripts.project import ROOT, RUN

TOOL = [sys.executable, "-I", "-B", "-X", "utf8", RUN, "scripts.setup.with_dev_tools", "-m", "piptools"]
# A lock file contains no index or find-links lines.
OPTIONS = [
    "--generate-hashes",
    "--strip-extras",
    "--allow-unsafe",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-header",
    "--quiet",
]


def main() -> int:
    """Compile all lock files, the shipped one first, because it constrains those of server and development.

    Arguments such as --upgrade go to pip-tools.
    """
    for name in ("requirements", "requirements-server", "requirements-dev", "requirements-audit"):
        print(f"{name}.in -> {name}.lock", flush=True)
        command = [*TOOL, "compile", *OPTIONS, *sys.argv[1:], "-o", f"{name}.lock", f"{name}.in"]
        if status := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return status
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    os.environ.update(pip_env(venv_python(Project.at(ROOT).tools_venv)))
    sys.exit(main())
