"""Pushes while the app uses a server instead of its own data."""

import json
from pathlib import Path

import pytest

from harness.items_page import row
from harness.processes import interpreter_pids
from harness.server_choice import create_local_item, return_to_local_item, write_server_choice
from harness.window import OpenWindow
from scripts.hot_patch.errors import RejectedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import edit


def test_push_is_refused_while_a_server_is_used_and_accepted_afterwards(
    open_app: OpenWindow, data_home: Path, patcher: Patcher
) -> None:
    create_local_item(open_app)
    write_server_choice(data_home, json.dumps({"url": "https://localhost:1"}))
    window = open_app()
    window.wait_visible('//h1[normalize-space()="The server can\'t be reached"]')
    edit(patcher, "models/item.py", "\n\n# edited\n")
    with pytest.raises(RejectedError) as refused:
        patcher.push()
    assert refused.value.code == "server_in_use"
    assert interpreter_pids(data_home) == []
    return_to_local_item(window)
    assert patcher.push().changed
    window.wait_visible(row("On this computer"))
