"""A debugger in a debug build's backend: the prompt of `breakpoint()`, and an editor that stays attached over patches."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.debug_adapter_client import DebugAdapterClient
from e2e.debugged import FILE, Debugged, Prompt, checkout_with_stops, debugged, line_of
from runtime.targets import host_target, interpreter_in
from scripts.hot_patch import editor_port
from scripts.hot_patch.app import App
from scripts.with_dev_tools import DEV_SITE_PACKAGES


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return checkout_with_stops(tmp_path / "checkout")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def backend(staged_tree: Path, checkout: Path, data_dir: Path, tmp_path: Path) -> Iterator[Debugged]:
    """Of a copy of the checkout, as a generation is one."""
    generation = checkout_with_stops(tmp_path / "generation")
    with debugged(interpreter_in(staged_tree, host_target()), generation, checkout, data_dir) as started:
        yield started


@pytest.fixture
def prompt(data_dir: Path) -> Iterator[Prompt]:
    opened = Prompt(data_dir)
    yield opened
    opened.leave()


@pytest.mark.parametrize("path", ["stop-sync", "stop-async", "stop-pdb", "stop-await"])
def test_breakpoint_opens_a_prompt_that_shows_and_changes_variables(
    backend: Debugged, prompt: Prompt, checkout: Path, path: str
) -> None:
    answer = backend.get(f"/{path}/")
    backend.events.until('"paused"')
    assert f"Stopped at {checkout / FILE}:" in backend.log.until("make debug")
    shown = prompt.shows("(Pdb) ")
    assert str(checkout / FILE) in shown
    prompt.types("p number")
    assert prompt.shows("(Pdb) ").startswith("41\n")
    prompt.types("number = 42")
    prompt.shows("(Pdb) ")
    prompt.types("next")
    prompt.shows("(Pdb) ")
    prompt.types("c")
    assert answer.get(timeout=60).json() == 42
    backend.events.until('"resumed"')
    assert backend.client.get("/health-check/").json() is True
    assert "Timeout" not in "".join(backend.log.all)


@pytest.fixture
def editor_backend(
    staged_tree: Path, checkout: Path, data_dir: Path, tmp_path: Path
) -> Iterator[Debugged]:
    generation = checkout_with_stops(tmp_path / "generation")
    interpreter = interpreter_in(staged_tree, host_target())
    packages = {"BACKEND_DEBUGGER": str(DEV_SITE_PACKAGES)}
    with debugged(interpreter, generation, checkout, data_dir, **packages) as started:
        yield started


def test_an_editor_stops_reads_variables_and_steps(
    editor_backend: Debugged, checkout: Path, data_dir: Path
) -> None:
    client = DebugAdapterClient(editor_port.listen(App(data_dir), 0))
    line = line_of(checkout, "total += number")
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
def test_breakpoint_stops_in_an_editor_even_if_it_is_attached_later(
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
