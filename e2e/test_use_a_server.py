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

from e2e.conftest import SharedWindow, shares_window
from e2e.items_page import ITEMS_LINK, add, open_items, row
from e2e.patching import edit
from e2e.processes import interpreters_on
from e2e.stored import database_of
from e2e.use_a_server import BACK, enter_address
from e2e.window import OpenWindow, Window
from scripts.hot_patch.errors import NotTakenError
from scripts.hot_patch.patch import Patcher


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


def choose_by_hand(data_home: Path, text: str) -> Path:
    """Write what the app would have, while it is closed."""
    choice = database_of(data_home).with_name("server.json")
    choice.write_text(text)
    return choice


def with_local_item(open_app: OpenWindow) -> None:
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    window.close()


def back_to_local_item(window: Window) -> None:
    window.click(f'//button[normalize-space()="{BACK}"]')
    open_items(window)
    window.see(row("On this computer"))


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
    window.see("//*[@role='alert'][contains(., 'certificate') and contains(., 'self-signed')]")
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


def test_no_python_is_pushed_while_a_server_is_used_and_some_is_afterwards(
    open_app: OpenWindow, data_home: Path, patcher: Patcher
) -> None:
    with_local_item(open_app)
    choose_by_hand(data_home, json.dumps({"url": "https://localhost:1"}))
    window = open_app()
    window.see('//h1[normalize-space()="The server can\'t be reached"]')
    edit(patcher, "models/item.py", "\n\n# edited\n")
    with pytest.raises(NotTakenError) as refused:
        patcher.push()
    assert refused.value.code == "server_in_use"
    assert interpreters_on(data_home) == []
    back_to_local_item(window)
    assert patcher.push().changed
    window.see(row("On this computer"))
