"""The app that is patched: where its data is, what it was built from, and how to reach it while it runs."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.hot_patch.errors import NoAppError, NotTakenError, OutdatedError

OUTDATED = "outdated"
TAKES_AT_MOST_S = 120
"""Until a push is answered: more than the app gives a start."""


@dataclass(frozen=True)
class About:
    """What a start of the app wrote down of itself."""

    port: int
    token: str
    key: dict[str, Any]
    """What a generation must be made for."""
    base_digest: str
    base_source: Path
    interpreter: Path
    api_path: str
    """Where the API begins, such as `/api/v1`."""


@dataclass(frozen=True)
class App:
    """One app, by its data dir."""

    data_dir: Path

    @property
    def hot(self) -> Path:
        return self.data_dir / "hot"

    def about(self) -> About:
        """Raises NoAppError when no debug build has run on this data dir."""
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
        """The app's answer. Raises NoAppError when none runs, NotTakenError for what it declined."""
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
                raise NotTakenError("timeout", "The app gave no answer. Look at its log.") from None
            except OSError:
                pass
            if not said:
                # What it was asked may be what ended it: it is not stored for the next start.
                raise NotTakenError("app_ended", "The app ended before it had answered. Start it, or push again.")
            answer = json.loads(said)
        if not answer or answer.get("code") == "refused":
            # Another program may have got the port of an app that is gone.
            raise NoAppError("The app is not running.")
        if not answer["ok"]:
            tail = "\n".join(answer["log_tail"])
            kind = OutdatedError if answer["code"] == OUTDATED else NotTakenError
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
        """As `ask`, for what is dropped when no app runs."""
        with suppress(NoAppError, NotTakenError):
            self.ask(do, **more)
