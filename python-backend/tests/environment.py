"""Sets the environment variables of the backend tests: a temporary data dir, and no user settings. Import it before the app."""

import os
import secrets
import site
import sys
import tempfile

from harness.postgres_cluster import Cluster
from tests.backend_process import ON_POSTGRES, SERVER_PACKAGES

# Windows cannot delete open files, and the app may have its database open until exit.
DATA_DIR = tempfile.TemporaryDirectory(prefix="backend-tests-", ignore_cleanup_errors=sys.platform == "win32")

for name in (
    "HOST",
    "PORT",
    "SECRET_KEY",
    "AUTH_REQUIRED",
    "OPEN_REGISTRATION",
    "LAUNCH_TOKEN",
    "LISTEN_FD",
    "HANDOVER_ON_STDIN",
    "STATIC_DIR",
    "LOG_LEVEL",
    "DATABASE_URL",
    "WORKERS",
):
    os.environ.pop(name, None)
os.environ |= {"DATA_DIR": DATA_DIR.name, "FASTAPI_ENV": "development"}
if ON_POSTGRES:
    site.addsitedir(str(SERVER_PACKAGES))
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # one database per worker
        os.environ["TEST_DATABASE_URL"] = Cluster.from_environment(os.environ).create(f"app_{worker}")
    os.environ |= {"DATABASE_URL": os.environ["TEST_DATABASE_URL"], "SECRET_KEY": secrets.token_hex(32)}
