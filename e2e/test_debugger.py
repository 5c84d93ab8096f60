"""A debugger in a debug build's backend: the prompt of `breakpoint()`, and an editor that stays attached over patches."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.debugged import FILE, Debugged, Prompt, checkout_with_stops, debugged, line_of
from runtime.targets import host_target, interpreter_in


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
