"""Run a development tool on the bundled interpreter. The tools are in a separate folder, which is not shipped.

run.py scripts.setup.with_dev_tools -m pytest ...   or   ... some_script.py ...   or   ... -c CODE ...
"""

import runpy
import site
import sys

from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT

DEV_SITE_PACKAGES = ROOT / "build" / "dev-site-packages"


def main() -> None:
    """Append the tools to sys.path, after the bundled packages, then run the module, script or code."""
    apply_tool_environment()
    site.addsitedir(str(DEV_SITE_PACKAGES))
    arguments = sys.argv[1:]
    # execnet, which starts pytest-xdist's workers, adds -u; its output is unbuffered anyway.
    if arguments[:1] == ["-u"]:
        del arguments[0]
    if arguments[:1] == ["-c"] and len(arguments) > 1:
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 (what -c is for)
    elif arguments and arguments[0] == "-m" and len(arguments) > 1:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
