"""Choosing a server in place of local data: invalid addresses, untrusted certificates and an unreadable server.json.

server_mode/ tests a window connected to a server.
"""

import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.fixtures import SharedWindow, shares_window
from harness.items_page import ITEMS_LINK
from harness.processes import interpreter_pids
from harness.server_choice import create_local_item, enter_address, return_to_local_item, write_server_choice
from harness.window import OpenWindow


@dataclass
class UntrustedServer:
    """A TLS server with a self-signed certificate whose responses are those of an app server."""

    port: int = 0
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@pytest.fixture(params=["CA:TRUE", "CA:FALSE"])
def untrusted_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[UntrustedServer]:
    server = UntrustedServer()
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-addext", f"basicConstraints=critical,{request.param}"]
    make += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append(self.path)
            about = {"version": "7", "server": True, "api_version": 1, "auth_required": True}
            body = json.dumps(about).encode()
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "tauri://localhost")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignore clients that reject the certificate and close the connection."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(("localhost", 0), Handler) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        server.port = serving.server_address[1]
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield server
        serving.shutdown()
        thread.join()


@shares_window
def test_invalid_server_address_is_rejected_with_reason(shared_window: SharedWindow) -> None:
    window = shared_window.window
    window.wait_visible(ITEMS_LINK)
    for address, words in (
        ("http://app.example.com", "https://"),
        ("https://ada:secret@app.example.com", "Remove name and password"),
        ("https://app.example.com/?x", "Remove the part that begins"),
        ("https://*.example.com", "may contain letters"),
    ):
        enter_address(window, address)
        window.wait_visible(f"//*[@role='alert'][contains(., '{words}')]")
    assert not list(shared_window.data_home.rglob("server.json"))


@shares_window
def test_untrusted_certificate_is_rejected_with_reason(
    shared_window: SharedWindow, untrusted_server: UntrustedServer
) -> None:
    window = shared_window.window
    window.wait_visible(ITEMS_LINK)
    enter_address(window, untrusted_server.url)
    reason = "contains(., 'self-signed') or contains(., 'not signed by an authority')"
    window.wait_visible(f"//*[@role='alert'][contains(., 'certificate') and ({reason})]")
    assert untrusted_server.requests == []
    assert not list(shared_window.data_home.rglob("server.json"))


@pytest.mark.parametrize("untrusted_server", ["CA:FALSE"], indirect=True)
def test_chosen_server_with_untrusted_certificate_receives_no_request(
    open_app: OpenWindow, data_home: Path, untrusted_server: UntrustedServer
) -> None:
    create_local_item(open_app)
    write_server_choice(data_home, json.dumps({"url": untrusted_server.url}))
    window = open_app()
    window.wait_visible('//h1[normalize-space()="The server\'s certificate is not trusted"]')
    window.press("Try again")
    window.wait_visible("//button[normalize-space()='Try again' and not(@disabled)]")
    assert untrusted_server.requests == []
    assert interpreter_pids(data_home) == []
    return_to_local_item(window)


@pytest.mark.parametrize("text", ["", '{"url": "http://app.example.com"}'])
def test_unreadable_server_choice_shows_choice_screen(open_app: OpenWindow, data_home: Path, text: str) -> None:
    create_local_item(open_app)
    choice = write_server_choice(data_home, text)
    window = open_app()
    window.wait_visible("//h1[normalize-space()='Which data should the app use?']")
    window.wait_visible("//*[@role='alert'][contains(., 'server.json')]")
    assert interpreter_pids(data_home) == []
    return_to_local_item(window)
    (broken,) = choice.parent.glob("server.json.broken-*")
    assert broken.read_text() == text
    assert not choice.exists()
