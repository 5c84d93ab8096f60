"""Run the tests of the backend, the server and the window on PostgreSQL: `make test-server`. Run on the bundled interpreter.

Arguments are passed to pytest; paths replace the default tests.
"""

import os
import signal
import subprocess
import sys

from harness.postgres_cluster import ClusterError, running
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT, RUN

PYTEST = [sys.executable, "-I", "-B", "-X", "utf8", RUN, "scripts.setup.with_dev_tools", "-m", "pytest", "-q"]
RESULTS = ROOT / "build" / "test-results"
BACKEND, SERVER, WINDOW = (RESULTS / f"{name}.xml" for name in ("server-backend", "server", "server-window"))
SUITES = {BACKEND: "python-backend/tests", SERVER: "python-backend/server_tests", WINDOW: "e2e/server_mode"}
"""Test folders by their JUnit report."""


def main() -> int:
    """Run the suites on a temporary PostgreSQL server. Returns the first nonzero exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # also stops PostgreSQL
    paths = [argument for argument in sys.argv[1:] if argument.startswith(("python-backend/", "e2e/"))]
    options = [argument for argument in sys.argv[1:] if argument not in paths]
    try:
        with running() as cluster:
            print(f"{cluster.sql('SELECT version()').strip()}, port {cluster.port}", flush=True)
            environment = {**os.environ, **cluster.as_environment()}
            runs = [
                subprocess.run([*PYTEST, *options, *arguments], cwd=ROOT, env=environment, check=False).returncode
                for arguments in (
                    [paths] if paths else [[f"--junit-xml={report}", SUITES[report]] for report in SUITES]
                )
            ]
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return next((status for status in runs if status), 0)


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
