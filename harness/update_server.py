"""An update server; the Tauri CLI generates the signing keys and signs the packages."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.app import ROOT

TAURI = ROOT / "frontend" / "node_modules" / ".bin" / "tauri"


@dataclass(frozen=True)
class Keys:
    """A key pair of `tauri signer`, stored in two files."""

    private: Path

    @property
    def public(self) -> str:
        return self.private.with_suffix(".key.pub").read_text()

    def sign(self, package: Path, version: str | None) -> str:
        """Sign a package. The signature includes `version` unless it is None."""
        options = ["--private-key-path", str(self.private), "--password", ""]
        if version:
            options += ["--app-version", version]
        subprocess.run([TAURI, "signer", "sign", *options, package], check=True, stdout=subprocess.DEVNULL)
        return package.with_name(f"{package.name}.sig").read_text()


def make_keys(folder: Path) -> Keys:
    folder.mkdir()
    keys = Keys(folder / "app.key")
    subprocess.run(
        [TAURI, "signer", "generate", "--ci", "-w", keys.private],
        env=os.environ | {"TAURI_SIGNING_PRIVATE_KEY_PASSWORD": ""},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return keys


@dataclass
class UpdateServer:
    """Serves `files` by path and records path and headers of each request."""

    http: ThreadingHTTPServer
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def offer(self, version: str, package: bytes, signature: str, *, system: str = "linux-x86_64") -> None:
        """Publish a version with its package and signature."""
        self.files["/package"] = package
        platforms = {system: {"url": f"{self.address}/package", "signature": signature}}
        manifest = {"version": version, "notes": f"New in {version}", "platforms": platforms}
        self.files["/latest.json"] = json.dumps(manifest).encode()


@contextmanager
def running_update_server() -> Iterator[UpdateServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            content = server.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = UpdateServer(http)
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield server
        http.shutdown()
        thread.join()
