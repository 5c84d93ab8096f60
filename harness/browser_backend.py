"""Runs the backend in browser mode: the staged runtime, the built UI and a separate data dir."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from harness.app import ROOT
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import staged_interpreter

REQUIRED_VARIABLES = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""Windows needs SYSTEMROOT to open sockets."""
OWNER_EMAIL = "owner@example.com"
OWNER_PASSWORD = "correct horse"


@dataclass
class BrowserBackend:
    """A backend process started by the launch contract. `settings` are extra environment variables."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    url: str = ""
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        """Start the backend and return once it is ready. Raises AssertionError if the start fails."""
        event = self._start_process()
        assert event["event"] == "ready", event
        self.url = f"http://{event['address']}:{event['port']}"

    def fail_to_start(self) -> dict[str, Any]:
        """Start a backend that is expected to fail. Returns its final event after the process has exited."""
        event = self._start_process()
        assert self.process
        self.process.communicate(timeout=20)
        return event

    def _start_process(self) -> dict[str, Any]:
        """Start the process and return its first event other than `progress`."""
        environment = {
            "PYTHONNOUSERSITE": "1",
            **REQUIRED_VARIABLES,
            "DATA_DIR": str(self.data_dir),
            "LAUNCH_TOKEN": self.token,
            "STATIC_DIR": str(ROOT / "frontend" / "dist"),
            "APP_VERSION": json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["version"],
        }
        self.data_dir.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [str(staged_interpreter(ROOT)), *CONTRACT_FLAGS, "-m", "app"],
            env=environment | self.settings,
            cwd=self.data_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # also written to logs/ in the data dir
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdout
        events: Iterator[dict[str, Any]] = (json.loads(line) for line in self.process.stdout)
        return next(event for event in events if event["event"] != "progress")

    def stop(self) -> None:
        """Stop the backend. Raises AssertionError unless it exits with status 0."""
        assert self.process
        self.process.communicate(timeout=20)
        assert self.process.returncode == 0

    @property
    def address(self) -> str:
        """The URL with the launch token in its fragment."""
        return f"{self.url}/#token={self.token}"

    def api(self) -> httpx.Client:
        """A client of the API, to prepare data and to check results."""
        headers = {"X-Launch-Token": self.token}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60, trust_env=False)

    def add_items(self, titles: list[str]) -> None:
        """Create items with these titles; the last one is the newest."""
        items = [
            {"title": title, "created_at": f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"}
            for number, title in enumerate(titles)
        ]
        with self.api() as api:
            response = api.post("/items/import", content=json.dumps(items).encode())
        assert response.json() == {"created": len(titles), "updated": 0}
