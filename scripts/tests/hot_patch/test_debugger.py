"""The debugger of a debug build's backend: the prompt of `breakpoint()`, and editors that reattach after patches."""

import json
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from harness.app import ROOT
from harness.debug_adapter_client import DebugAdapterClient
from harness.items_page import ITEMS_LINK
from harness.processes import backend_pids
from harness.waiting import wait_until
from harness.window import OpenWindow, backend_address
from runtime.targets import host_target, interpreter_in
from scripts.hot_patch import editor_port
from scripts.hot_patch.app import App
from scripts.hot_patch.patch import Patcher
from scripts.hot_patch.program import DEBUGGER
from scripts.setup.with_dev_tools import DEV_SITE_PACKAGES
from scripts.tests.hot_patch.debugged import (
    FILE,
    ROUTES,
    Debugged,
    Prompt,
    copy_with_breakpoints,
    debugged,
    line_number,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="hot patching is not tested on Windows")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_with_breakpoints(tmp_path / "checkout")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def backend(staged_tree: Path, checkout: Path, data_dir: Path, tmp_path: Path) -> Iterator[Debugged]:
    """A backend that runs a copy of the checkout, like a generation."""
    generation = copy_with_breakpoints(tmp_path / "generation")
    with debugged(interpreter_in(staged_tree, host_target()), generation, checkout, data_dir) as started:
        yield started


@pytest.fixture
def prompt(data_dir: Path) -> Iterator[Prompt]:
    opened = Prompt(data_dir)
    yield opened
    opened.close()


@pytest.mark.parametrize("path", ["stop-sync", "stop-async", "stop-pdb", "stop-await"])
def test_breakpoint_opens_a_prompt_that_shows_and_changes_variables(
    backend: Debugged, prompt: Prompt, checkout: Path, path: str
) -> None:
    answer = backend.get(f"/{path}/")
    backend.events.until('"paused"')
    assert f"Stopped at {checkout / FILE}:" in backend.log.until("make debug")
    shown = prompt.read_until("(Pdb) ")
    assert str(checkout / FILE) in shown
    prompt.send_line("p number")
    assert prompt.read_until("(Pdb) ").startswith("41\n")
    prompt.send_line("number = 42")
    prompt.read_until("(Pdb) ")
    prompt.send_line("next")
    prompt.read_until("(Pdb) ")
    prompt.send_line("c")
    assert answer.get(timeout=60).json() == 42
    backend.events.until('"resumed"')
    assert backend.client.get("/health-check/").json() is True


def test_client_without_token_gets_no_prompt_and_files_are_restricted_to_the_owner(
    backend: Debugged, data_dir: Path
) -> None:
    answer = backend.get("/stop-sync/")
    backend.log.until("make debug")
    (note,) = (data_dir / "hot").glob("prompt-*.json")
    assert note.stat().st_mode & 0o777 == 0o600
    port, token = (json.loads(note.read_text())[name] for name in ("port", "token"))
    with socket.create_connection(("127.0.0.1", port)) as unauthorized:
        unauthorized.sendall(b"x" * len(token))
        assert unauthorized.recv(1) == b""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(token.encode())
        assert client.recv(1)
        assert not note.exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert answer.get(timeout=60).json() == 41


def test_request_resumes_when_the_prompt_is_closed(backend: Debugged, prompt: Prompt) -> None:
    answer = backend.get("/stop-async/")
    prompt.read_until("(Pdb) ")
    prompt.close()
    assert answer.get(timeout=60).json() == 41
    backend.events.until('"resumed"')
    assert "Traceback" not in "".join(backend.log.all)


def test_paused_request_is_answered_after_handover(
    staged_tree: Path, checkout: Path, data_dir: Path, prompt: Prompt
) -> None:
    server = checkout / "backend_host" / "serving" / "server.py"
    server.write_text(server.read_text().replace("DRAIN_TIMEOUT_S = 30.0", "DRAIN_TIMEOUT_S = 0.1"))
    with debugged(interpreter_in(staged_tree, host_target()), checkout, checkout, data_dir) as backend:
        answer = backend.get("/stop-sync/")
        prompt.read_until("(Pdb) ")
        backend.command("drain")
        backend.log.until("Handed over to another process")
        for _ in range(6):  # one event per second: longer than draining and process exit take
            backend.events.until('"paused"')
        prompt.send_line("c")
        assert answer.get(timeout=60).json() == 41
        assert backend.process.wait(60) == 0


def test_start_paused_at_a_breakpoint_is_not_reported_as_hanging(
    staged_tree: Path, checkout: Path, data_dir: Path, prompt: Prompt
) -> None:
    with (checkout / "app" / "models" / "item.py").open("a") as models:
        models.write("breakpoint()\n")
    interpreter = interpreter_in(staged_tree, host_target())
    with debugged(interpreter, checkout, checkout, data_dir, CANDIDATE="true") as backend:
        prompt.read_until("(Pdb) ")
        for _ in range(3):  # one event per second: longer than a start may take before its threads are dumped
            backend.events.until('"paused"')
        prompt.send_line("c")
        assert "schema_differs" in backend.events.until('"failed"')  # no other backend has created the database
        _, _, since = "".join(backend.log.all).partition("Stopped at")
        assert "Timeout" not in since  # on a slow machine the threads may be dumped before


def test_editor_configuration_names_the_port() -> None:
    launch = json.loads((ROOT / ".vscode" / "launch.json").read_text())
    (configuration,) = launch["configurations"]
    assert configuration["connect"] == {"host": "127.0.0.1", "port": editor_port.PORT}
    assert configuration["restart"] is True  # each patch starts another process
    assert f"port {editor_port.PORT}" in (ROOT / "Makefile").read_text()


@pytest.fixture
def editor_backend(staged_tree: Path, checkout: Path, data_dir: Path, tmp_path: Path) -> Iterator[Debugged]:
    generation = copy_with_breakpoints(tmp_path / "generation")
    interpreter = interpreter_in(staged_tree, host_target())
    packages = {DEBUGGER: str(DEV_SITE_PACKAGES)}
    with debugged(interpreter, generation, checkout, data_dir, **packages) as started:
        yield started


def test_editor_pauses_reads_variables_and_steps(editor_backend: Debugged, checkout: Path, data_dir: Path) -> None:
    client = DebugAdapterClient(editor_port.listen(App(data_dir), 0))
    line = line_number(checkout, "total += number")
    client.attach({checkout / FILE: [line]})
    answer = editor_backend.get("/count/")
    for number in range(3):
        thread, frame = client.stopped()
        assert (frame["line"], frame["source"]["path"]) == (line, str(checkout / FILE))
        assert client.variables(frame)["number"] == str(number)
        editor_backend.events.until('"paused"')
        if not number:
            client.request("next", threadId=thread)
            assert client.stopped()[1]["line"] == line - 1
        client.request("continue", threadId=thread)
    assert answer.get(timeout=60).json() == 3
    editor_backend.events.until('"resumed"')
    client.close()


@pytest.mark.parametrize("path", ["stop-sync", "stop-async", "stop-pdb", "stop-await"])
def test_breakpoint_pauses_in_an_editor_attached_later(
    editor_backend: Debugged, checkout: Path, data_dir: Path, path: str
) -> None:
    answer = editor_backend.get(f"/{path}/")
    editor_backend.events.until('"paused"')
    client = DebugAdapterClient(editor_port.listen(App(data_dir), 0))
    client.attach({})
    thread, frame = client.stopped()
    assert frame["source"]["path"] == str(checkout / FILE)
    assert client.variables(frame)["number"] == "41"
    client.request("continue", threadId=thread)
    assert answer.get(timeout=60).json() == 41
    client.close()


@pytest.fixture
def with_editor(desktop: dict[str, str]) -> None:
    """Sets the variable with which `make dev DEBUG=1` starts the app."""
    desktop[DEBUGGER] = str(DEV_SITE_PACKAGES)


def debugged_pid(patcher: Patcher, data_home: Path) -> int:
    """Process id of the serving process, once editors can attach to no other process."""

    def serving_processes() -> list[int]:
        pids = [int(path.name.split("-")[1]) for path in patcher.app.hot_dir.glob("editor-*.json")]
        return pids if len(pids) == 1 and pids[0] in backend_pids(data_home) else []

    return wait_until(serving_processes)[0]


@pytest.mark.usefixtures("with_editor")
def test_editor_reattaches_to_the_patched_process(open_app: OpenWindow, patcher: Patcher, data_home: Path) -> None:
    checkout = patcher.folder
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    port = editor_port.listen(patcher.app, 0)
    first = debugged_pid(patcher, data_home)
    with (checkout / FILE).open("a") as file:
        file.write(ROUTES)
    line = line_number(checkout, "total += number")
    patcher.push()
    while (second := debugged_pid(patcher, data_home)) == first:
        pass
    address = backend_address(window)
    http = httpx.Client(
        base_url=f"{address['base_url']}/api/v1/utils",
        headers={"X-Launch-Token": address["launch_token"], "Connection": "close"},
        timeout=60,
        trust_env=False,
    )

    def hit(client: DebugAdapterClient, total: int) -> None:
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(http.get, "/count/")
            for number in range(3):
                thread, frame = client.stopped()
                assert (frame["line"], frame["source"]["path"]) == (line, str(checkout / FILE))
                assert client.variables(frame)["number"] == str(number)
                if not number:
                    assert client.variables(frame)["total"] == str(total)
                    client.request("next", threadId=thread)
                    assert client.stopped()[1]["line"] == line - 1
                client.request("continue", threadId=thread)
            assert answer.result(60).json() == total + 3

    before = DebugAdapterClient(port)
    before.attach({checkout / FILE: [line]})
    hit(before, 0)
    (checkout / FILE).write_text((checkout / FILE).read_text().replace("total = 0", "total = 10"))
    patcher.push()
    assert before.event("terminated") == {"restart": True}
    before.close()
    after = DebugAdapterClient(port)
    after.attach({checkout / FILE: [line]})
    assert debugged_pid(patcher, data_home) not in {first, second}
    hit(after, 10)
    after.close()
    http.close()
    assert patcher.app.request("status")["state"]["quarantined"] == {}
