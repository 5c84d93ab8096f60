"""The staged backend in server mode on PostgreSQL, and a TCP relay that records a window's requests."""

import json
import os
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness.app import ROOT
from runtime.project import staged_interpreter

SERVER_PACKAGES = ROOT / "build" / "server-site-packages"
EMAIL, PASSWORD = "root@example.com", "correct horse battery"
WINDOW_ORIGIN = "tauri://localhost"
RUN_APP = (
    "import runpy, site, sys; site.addsitedir(sys.argv.pop(1)); exec(sys.argv.pop(1)); "
    "runpy.run_module('app', run_name='__main__', alter_sys=True)"
)
NEWER_API = "from app.core import about; about.API_VERSION += 1"
"""Prelude that makes the server's API version newer than the app's."""


@dataclass
class TeamServer:
    """A backend in server mode; a restart preserves its port."""

    database: str
    port: int
    folder: Path
    process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, prelude: str = "pass", **variables: str) -> None:
        """Start the server and return once it is ready. `prelude` is Python code to run before the app."""
        self.folder.mkdir(exist_ok=True)
        environment = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database,
            "PORT": str(self.port),
            "SECRET_KEY": "k" * 32,
            "FIRST_SUPERUSER": EMAIL,
            "FIRST_SUPERUSER_PASSWORD": PASSWORD,
            "BACKEND_CORS_ORIGINS": f'["{WINDOW_ORIGIN}"]',
            "APP_VERSION": "7.0.0",
            **variables,
        }
        command = [
            str(staged_interpreter(ROOT)),
            "-I",
            "-B",
            "-u",
            "-X",
            "utf8",
            "-c",
            RUN_APP,
            str(SERVER_PACKAGES),
            prelude,
        ]
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout
        events = (json.loads(line) for line in self.process.stdout)
        event = next(event for event in events if event["event"] != "progress")
        assert event["event"] == "ready", event

    def kill(self) -> None:
        """Send SIGKILL, to simulate a crash."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> None:
        """Stop the server gracefully if it runs."""
        if self.process and self.process.poll() is None:
            self.process.communicate(timeout=60)

    def titles(self) -> list[str]:
        """Titles of the items that the superuser sees through the API."""
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=60, trust_env=False) as http:
            login = http.post("/login/access-token", data={"username": EMAIL, "password": PASSWORD})
            headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
            return [item["title"] for item in http.get("/items/", headers=headers).json()["data"]]


@dataclass
class Relay:
    """Forwards connections to a local port and records the bytes received from clients."""

    port: int
    received: bytearray = field(default_factory=bytearray)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def relay(upstream_port: int) -> Iterator[Relay]:
    """Run a relay to `upstream_port` of 127.0.0.1."""
    connections: list[socket.socket] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", upstream_port)) as upstream:
                connections.extend((self.request, upstream))
                back = threading.Thread(target=forward, args=(upstream, self.request))
                back.start()
                forward(self.request, upstream, relayed.received)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as serving:
        relayed = Relay(serving.server_address[1])
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield relayed
        finally:
            serving.shutdown()
            thread.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def forward(source: socket.socket, target: socket.socket, record: bytearray | None = None) -> None:
    """Copy bytes from `source` to `target` until EOF, then shut down the write side."""
    with suppress(OSError):
        while data := source.recv(65536):
            if record is not None:
                record += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def user_files_in(data_dir: Path) -> dict[str, bytes]:
    """Content of the user's files in a data dir: database, settings, key and backups, by relative path."""
    names = [name for name in os.listdir(data_dir) if name.startswith(("app.db", "config", "secret_key", "backups"))]
    paths = [path for name in names for path in [data_dir / name, *(data_dir / name).glob("*")] if path.is_file()]
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in paths}
