"""A temporary PostgreSQL cluster for tests and benchmarks, with a random port and password and a temporary data folder.

Uses the PostgreSQL programs of Debian. PostgreSQL refuses to run as root, so root runs it as Debian's user `postgres`.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.ports import free_port

USER = "postgres"
"""PostgreSQL's superuser, also the name of Debian's system user."""
ROLE = DATABASE = "app"
"""The app's role, which owns its database and has no other privileges."""


class ClusterError(Exception):
    """PostgreSQL is missing or does not start. The message states the next step."""


@dataclass(frozen=True)
class Cluster:
    """An initialized cluster, running or stopped."""

    folder: Path
    port: int
    password: str

    def as_environment(self) -> dict[str, str]:
        """The environment variables that pass it to tests."""
        return {
            "TEST_DATABASE_URL": self.url,
            "TEST_CLUSTER": json.dumps([str(self.folder), self.port, self.password]),
        }

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Cluster":
        """The cluster that `as_environment` describes."""
        folder, port, password = json.loads(variables["TEST_CLUSTER"])
        return cls(Path(folder), port, password)

    @property
    def url(self) -> str:
        """DATABASE_URL of the app's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """DATABASE_URL of another database of the app's role."""
        return f"postgresql+psycopg://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Raises ClusterError."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._control("start", "-w", "-o", options, "-l", "log")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server with a mode of pg_ctl: `fast` disconnects sessions, `immediate` simulates a crash. Raises ClusterError."""
        self._control("stop", "-w", "-m", mode)

    def create(self, database: str) -> str:
        """Create an empty database owned by the app's role and return its DATABASE_URL. Raises ClusterError."""
        self.sql(f"CREATE DATABASE {database} OWNER {ROLE}")
        return self.url_of(database)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as superuser and return the output of psql. Raises ClusterError."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]
        return _run([program("psql"), "-XAtq", *address, "-c", statement], PGPASSWORD=self.password)

    def _control(self, *arguments: str) -> None:
        # Relative paths, since pg_ctl passes the path to a shell without escaping `$`.
        _run([*as_unprivileged(), program("pg_ctl"), "-D", "data", *arguments], cwd=self.folder)


@contextmanager
def running() -> Iterator[Cluster]:
    """A new running cluster, stopped and deleted on exit. Raises ClusterError."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        cluster = Cluster(folder, free_port(), secrets.token_urlsafe(16))
        password_file = folder / "password"
        password_file.write_text(cluster.password)
        if os.geteuid() == 0:
            for path in (folder, password_file):
                shutil.chown(path, USER, USER)
        initdb = [*as_unprivileged(), program("initdb"), "-D", str(folder / "data"), "-U", USER, "-E", "UTF8"]
        # An ICU locale sorts differently from SQLite; the app's results must not depend on it.
        initdb += ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        _run([*initdb, "--auth=scram-sha-256", f"--pwfile={password_file}"])
        password_file.unlink()
        cluster.start()
        try:
            cluster.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{cluster.password}'")
            cluster.create(DATABASE)
            yield cluster
        finally:
            cluster.stop("immediate")


def program(name: str) -> str:
    """Path of a PostgreSQL program: Debian's newest version, else the PATH. Raises ClusterError."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = sorted(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))])
    if path := str(newest[-1]) if newest else shutil.which(name):
        return path
    raise ClusterError("PostgreSQL is not installed. Debian: apt-get install postgresql")


def as_unprivileged() -> Sequence[str]:
    """Command prefix that drops root privileges; empty for other users."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--")


def _run(command: Sequence[str], cwd: Path = Path("/"), **variables: str) -> str:
    with tempfile.TemporaryFile("w+") as output:  # a file, since the server would inherit a pipe and keep it open
        ran = subprocess.run(
            command, stdout=output, stderr=output, cwd=cwd, env={**os.environ, "LC_ALL": "C", **variables}, check=False
        )
        output.seek(0)
        text = output.read()
    if ran.returncode:
        raise ClusterError(f"{Path(command[0]).name} failed: {text.strip()}")
    return text
