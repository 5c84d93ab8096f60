"""A client of the Debug Adapter Protocol, as editors use it."""

import json
import queue
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.app import ROOT

TIMEOUT_S = 60


class DebugAdapterClient:
    """One session. https://microsoft.github.io/debug-adapter-protocol/specification"""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.connection.settimeout(None)
        self.stream = self.connection.makefile("rwb")
        self.sent = 0
        self.responses: queue.Queue[dict[str, Any]] = queue.Queue()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        with suppress(ConnectionError):  # the adapter has closed the connection
            while header := self.stream.readline():
                length = int(header.removeprefix(b"Content-Length: "))
                self.stream.readline()
                message = json.loads(self.stream.read(length))
                {"response": self.responses, "event": self.events}[message["type"]].put(message)

    def send(self, command: str, **arguments: Any) -> None:
        self.sent += 1
        request = {"seq": self.sent, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self.stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.stream.flush()

    def response(self, command: str) -> Any:
        while (message := self.responses.get(timeout=TIMEOUT_S))["command"] != command:
            pass
        assert message["success"], message
        return message.get("body")

    def request(self, command: str, **arguments: Any) -> Any:
        self.send(command, **arguments)
        return self.response(command)

    def event(self, name: str) -> Any:
        """Wait for the next event of that name and return its body."""
        while (message := self.events.get(timeout=TIMEOUT_S))["event"] != name:
            pass
        return message.get("body")

    def attach(self, breakpoints: dict[Path, list[int]]) -> None:
        """Attach as VS Code does with .vscode/launch.json, and set breakpoints by file and line."""
        launch = json.loads((ROOT / ".vscode" / "launch.json").read_text())
        (configuration,) = launch["configurations"]
        self.request("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        self.send("attach", **configuration)
        self.event("initialized")
        for file, lines in breakpoints.items():
            requested = [{"line": line} for line in lines]
            found = self.request("setBreakpoints", source={"path": str(file)}, breakpoints=requested)
            assert [it["verified"] for it in found["breakpoints"]] == [True] * len(lines), found
        self.request("configurationDone")

    def stopped(self) -> tuple[int, dict[str, Any]]:
        """Wait for the next stopped thread. Returns its id and innermost frame."""
        thread = self.event("stopped")["threadId"]
        return thread, self.request("stackTrace", threadId=thread)["stackFrames"][0]

    def variables(self, frame: dict[str, Any]) -> dict[str, str]:
        """The frame's local variables: displayed value by name."""
        scope = self.request("scopes", frameId=frame["id"])["scopes"][0]
        found = self.request("variables", variablesReference=scope["variablesReference"])["variables"]
        return {variable["name"]: variable["value"] for variable in found}

    def close(self) -> None:
        with suppress(OSError):  # already closed by the adapter
            self.connection.shutdown(socket.SHUT_RDWR)
        self.reader.join()
        self.stream.close()
        self.connection.close()
