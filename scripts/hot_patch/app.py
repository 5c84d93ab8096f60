"""The patched app: its data dir, its build, and the client of its control socket."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.hot_patch.errors import NoAppError, OutdatedError, RejectedError

OUTDATED = "outdated"
TAKES_AT_MOST_S = 120
"""Timeout of a push, longer than the app's start timeout."""


@dataclass(frozen=True)
class About:
    """What the app recorded about itself at its last start."""

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
    def hot(self) -> Path:
        return self.data_dir / "hot"

    def about(self) -> About:
        """Read the record of the last start. Raises NoAppError when no debug build has run on this data dir."""
        try:
            about = json.loads((self.hot / "app.json").read_text("utf-8"))
            base = about["base"]
            return About(
                about["port"],
                about["token"],
                about["key"],
                base["digest"],
                Path(base["source"]),
                Path(about["interpreter"]),
                about["api_path"],
            )
        except (OSError, ValueError, KeyError):
            raise NoAppError(
                f"No debug build has run on {self.data_dir} yet. Start one (make dev, make run), or name its data dir: "
                "DATA_DIR=PATH make …, or --data-dir."
            ) from None

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send a command and return the response. Raises NoAppError when no app is running, RejectedError when the app rejects it."""
        about = self.about()
        line = json.dumps({"token": about.token, "do": do, **more}) + "\n"
        answer: dict[str, Any] = {}
        said = b""
        try:
            stream = socket.create_connection(("127.0.0.1", about.port), 5)
        except OSError:
            raise NoAppError("The app is not running.") from None
        with stream, suppress(ValueError):
            try:
                stream.settimeout(TAKES_AT_MOST_S)
                stream.sendall(line.encode())
                with stream.makefile("rb") as lines:
                    said = lines.readline()
            except TimeoutError:
                raise RejectedError("timeout", "The app gave no answer. Look at its log.") from None
            except OSError:
                pass
            if not said:
                # The command itself may have ended the app, so it is not stored for the next start.
                raise RejectedError("app_ended", "The app ended before it had answered. Start it, or push again.")
            answer = json.loads(said)
        if not answer or answer.get("code") == "refused":
            # Another program may use the port of an app that exited.
            raise NoAppError("The app is not running.")
        if not answer["ok"]:
            tail = "\n".join(answer["log_tail"])
            kind = OutdatedError if answer["code"] == OUTDATED else RejectedError
            raise kind(answer["code"], answer["message"], tail)
        return answer

    def backend(self) -> tuple[str, str]:
        """Base URL and launch token of the backend. Raises as `ask`."""
        answer = self.ask("address")
        return answer["base_url"], answer["launch_token"]

    def openapi_path(self) -> str:
        """Path of the backend's OpenAPI document."""
        with suppress(NoAppError):
            return f"{self.about().api_path}/openapi.json"
        return "/openapi.json"

    def notify(self, do: str, **more: Any) -> None:
        """As `ask`, but ignored when no app is running."""
        with suppress(NoAppError, RejectedError):
            self.ask(do, **more)
