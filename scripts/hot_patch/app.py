"""The patched app: its data dir, its build, and the client of its control channel."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.hot_patch.errors import AppNotRunningError, OutdatedError, RejectedError

OUTDATED = "outdated"
REQUEST_TIMEOUT_S = 120
"""Timeout of a request. Longer than the app's start timeout, because a push waits for the start."""


@dataclass(frozen=True)
class AppInfo:
    """Content of `hot/app.json`, which the app writes at each start."""

    port: int
    token: str
    key: dict[str, Any]
    """Lock digest and contract version that a generation must match."""
    base_digest: str
    base_source: Path
    interpreter: Path
    api_path: str
    """Path prefix of the API, such as `/api/v1`."""


@dataclass(frozen=True)
class App:
    """An app, identified by its data dir."""

    data_dir: Path

    @property
    def hot_dir(self) -> Path:
        return self.data_dir / "hot"

    def info(self) -> AppInfo:
        """Read `hot/app.json`. Raises AppNotRunningError when no debug build has run on this data dir."""
        try:
            info = json.loads((self.hot_dir / "app.json").read_text("utf-8"))
            base = info["base"]
            return AppInfo(
                info["port"],
                info["token"],
                info["key"],
                base["digest"],
                Path(base["source"]),
                Path(info["interpreter"]),
                info["api_path"],
            )
        except (OSError, ValueError, KeyError):
            raise AppNotRunningError(
                f"No debug build has run on {self.data_dir} yet. Start one (make dev, make run), or select its data dir: "
                "DATA_DIR=PATH make …, or --data-dir."
            ) from None

    def request(self, command: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return the response. Raises AppNotRunningError, and RejectedError if the app rejects it."""
        info = self.info()
        request = json.dumps({"token": info.token, "command": command, **parameters}) + "\n"
        response: dict[str, Any] = {}
        line = b""
        try:
            stream = socket.create_connection(("127.0.0.1", info.port), 5)
        except OSError:
            raise AppNotRunningError("The app is not running.") from None
        with stream, suppress(ValueError):
            try:
                stream.settimeout(REQUEST_TIMEOUT_S)
                stream.sendall(request.encode())
                with stream.makefile("rb") as lines:
                    line = lines.readline()
            except TimeoutError:
                raise RejectedError("timeout", "The app did not respond. Check its log: make logs.") from None
            except OSError:
                pass
            if not line:
                # Not AppNotRunningError, for which `push` would defer the code: it may have crashed the app.
                raise RejectedError("app_ended", "The app exited before it responded. Start it, or push again.")
            response = json.loads(line)
        if not response or response.get("code") == "refused":
            # Another program may use the port of an app that exited.
            raise AppNotRunningError("The app is not running.")
        if not response["ok"]:
            tail = "\n".join(response["log_tail"])
            error_type = OutdatedError if response["code"] == OUTDATED else RejectedError
            raise error_type(response["code"], response["message"], tail)
        return response

    def backend(self) -> tuple[str, str]:
        """Base URL and launch token of the backend. Raises as `request`."""
        response = self.request("address")
        return response["base_url"], response["launch_token"]

    def openapi_path(self) -> str:
        """Path of the backend's OpenAPI document."""
        with suppress(AppNotRunningError):
            return f"{self.info().api_path}/openapi.json"
        return "/openapi.json"

    def notify(self, command: str, **parameters: Any) -> None:
        """As `request`, but ignores failures."""
        with suppress(AppNotRunningError, RejectedError):
            self.request(command, **parameters)
