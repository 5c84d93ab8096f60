"""A server in place of this computer's data: what is refused before anything is sent, and a choice that was lost.

What happens on a server that serves is in server_mode/.
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
from harness.processes import interpreters_on
from harness.use_a_server import back_to_local_item, choose_by_hand, enter_address, with_local_item
from harness.window import OpenWindow


@dataclass
class Impostor:
    """It speaks TLS with a certificate that nobody has signed, and says what a server of this app would."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@pytest.fixture(params=["CA:TRUE", "CA:FALSE"])
def impostor(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Impostor]:
    made = Impostor()
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-addext", f"basicConstraints=critical,{request.param}"]
    make += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
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
            """Whoever does not trust the certificate hangs up."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(("localhost", 0), Handler) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        made.port = serving.server_address[1]
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield made
        serving.shutdown()
        thread.join()


@shares_window
def test_an_address_that_can_not_be_one_is_refused_with_its_reason(shared: SharedWindow) -> None:
    window = shared.window
    window.see(ITEMS_LINK)
    for address, words in (
        ("http://app.example.com", "https://"),
        ("https://ada:secret@app.example.com", "Remove name and password"),
        ("https://app.example.com/?x", "Remove the part from"),
        ("https://*.example.com", "may contain letters"),
    ):
        enter_address(window, address)
        window.see(f"//*[@role='alert'][contains(., '{words}')]")
    assert not list(shared.data_home.rglob("server.json"))


@shares_window
def test_a_certificate_that_nobody_trusts_is_refused_in_words(shared: SharedWindow, impostor: Impostor) -> None:
    window = shared.window
    window.see(ITEMS_LINK)
    enter_address(window, impostor.url)
    reason = "contains(., 'self-signed') or contains(., 'not signed by an authority')"
    window.see(f"//*[@role='alert'][contains(., 'certificate') and ({reason})]")
    assert impostor.asked == []
    assert not list(shared.data_home.rglob("server.json"))


@pytest.mark.parametrize("impostor", ["CA:FALSE"], indirect=True)
def test_a_server_whose_certificate_has_gone_bad_gets_nothing(
    open_app: OpenWindow, data_home: Path, impostor: Impostor
) -> None:
    with_local_item(open_app)
    choose_by_hand(data_home, json.dumps({"url": impostor.url}))
    window = open_app()
    window.see('//h1[normalize-space()="The server\'s certificate is not trusted"]')
    window.press("Try again")
    window.see("//button[normalize-space()='Try again' and not(@disabled)]")
    assert impostor.asked == []
    assert interpreters_on(data_home) == []
    back_to_local_item(window)


@pytest.mark.parametrize("text", ["", '{"url": "http://app.example.com"}'])
def test_a_choice_that_can_not_be_read_is_asked_for_anew(open_app: OpenWindow, data_home: Path, text: str) -> None:
    with_local_item(open_app)
    choice = choose_by_hand(data_home, text)
    window = open_app()
    window.see("//h1[normalize-space()='Which data should the app use?']")
    window.see("//*[@role='alert'][contains(., 'server.json')]")
    assert interpreters_on(data_home) == []
    back_to_local_item(window)
    (aside,) = choice.parent.glob("server.json.broken-*")
    assert aside.read_text() == text
    assert not choice.exists()
