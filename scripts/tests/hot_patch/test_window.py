"""An open window while the backend's code is replaced, by valid and by failing edits."""

import os
import queue
import signal
import threading
from pathlib import Path

import httpx
import pytest

from harness.items_page import ITEMS_LINK
from harness.processes import backend_pids, expect_exit, parent_pid, standby_pids
from harness.waiting import wait_until
from harness.window import OpenWindow, Window, backend_address
from scripts.hot_patch.errors import RejectedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import (
    EDIT_NOT_APPLIED,
    NOT_READY,
    close,
    edit,
    expect_push_failure,
    push_message,
    reopen,
    running_digest,
)

TITLE_FIELD = "//*[@id=//label[starts-with(normalize-space(), 'Title')]/@for]"
HANG = """
import os as _os, pathlib as _path, time as _time
_path.Path("{}").write_text(str(_os.getpid()))
_time.sleep(60)
"""


def test_edits_are_served_and_failed_edits_are_shown_without_changing_the_form(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, request: pytest.FixtureRequest
) -> None:
    window = open_app()
    window.click(ITEMS_LINK)
    assert not standby_pids(data_home), "no code was pushed"
    window.press("Add Item")
    window.fill("Title", "half a sentence")
    window.driver.execute_script("window.same = true")
    original = (patcher.package / "models/item.py").read_text()
    before = running_digest(patcher)
    messages: queue.Queue[str] = request.getfixturevalue("messages")
    assert "is already running" in push_message(messages)
    wait_until(lambda: standby_pids(data_home))

    edit(patcher, "models/item.py", "\n\n# good\n")
    assert "serves after" in push_message(messages)
    assert running_digest(patcher) != before

    good = running_digest(patcher)
    edit(patcher, "models/item.py", "def (\n")
    assert "SyntaxError" in push_message(messages)
    window.wait_visible(f"{EDIT_NOT_APPLIED}//pre[contains(., 'SyntaxError')]")

    (patcher.package / "models/item.py").write_text(f"{original}\n\nraise RuntimeError('at import')\n")
    assert f'File "{patcher.package}/models/item.py"' in push_message(messages)
    window.wait_visible(f"{EDIT_NOT_APPLIED}//pre[contains(., 'RuntimeError: at import')]")
    assert running_digest(patcher) == good
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"

    (patcher.package / "models/item.py").write_text(f"{original}\n\n# fixed\n")
    assert "serves after" in push_message(messages)
    window.wait_hidden(EDIT_NOT_APPLIED)
    assert window.driver.execute_script("return window.same") is True
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"
    window.press("Save")
    window.wait_visible("//tr//span[@title='half a sentence']")


@pytest.fixture
def watched_window(open_app: OpenWindow, request: pytest.FixtureRequest) -> tuple[Window, "queue.Queue[str]"]:
    """The window and the messages of a watch that has found no change yet."""
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    messages: queue.Queue[str] = request.getfixturevalue("messages")
    assert "is already running" in push_message(messages)
    return window, messages


def test_edit_that_hangs_or_exits_is_shown_with_its_location(
    watched_window: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, messages = watched_window
    before = running_digest(patcher)
    original = (patcher.package / "models/item.py").read_text()
    line = original.count("\n") + 1
    location = f'File "{patcher.package}/models/item.py", line {line} in <module>'
    edit(patcher, "models/item.py", "while True: pass\n")
    while f"{NOT_READY} The edit is at {location}" not in messages.get(timeout=60):
        pass
    window.wait_visible(f"{EDIT_NOT_APPLIED}[contains(., 'not ready yet') and contains(., '{location}')]")

    (patcher.package / "models/item.py").write_text(f"{original}raise SystemExit('enough')\n")
    assert f"{location.replace(' in', ', in')}\n" in (message := push_message(messages))
    assert "SystemExit: enough" in message
    window.wait_visible(f"{EDIT_NOT_APPLIED}[contains(., 'SystemExit: enough')]")

    (patcher.package / "models/item.py").write_text(original)
    assert "is already running" in push_message(messages)
    window.wait_hidden(EDIT_NOT_APPLIED)
    assert running_digest(patcher) == before


def test_hanging_edit_blocks_neither_the_app_nor_the_next_edit(
    watched_window: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, messages = watched_window
    before = running_digest(patcher)
    original = (patcher.package / "models/item.py").read_text()
    edit(patcher, "models/item.py", HANG.format(started := patcher.package.parent / "started"))
    wait_until(started.exists)
    window.click(ITEMS_LINK)
    window.wait_visible("//h1[normalize-space()='Items']")
    assert running_digest(patcher) == before
    (patcher.package / "models/item.py").write_text(f"{original}\n# fixed\n")
    assert "serves after" in push_message(messages)
    assert running_digest(patcher) != before


WAIT = """
import pathlib as _path
_path.Path("{0}/started").touch()
while not _path.Path("{0}/go").exists():
    pass
"""


def test_concurrent_identical_pushes_start_one_candidate_and_share_its_result(
    open_app: OpenWindow, patcher: Patcher
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    folder = patcher.package.parent
    edit(patcher, "models/item.py", WAIT.format(folder))
    digests: list[str] = []
    pushes = [threading.Thread(target=lambda: digests.append(patcher.push().digest)) for _ in range(2)]
    pushes[0].start()
    wait_until((folder / "started").exists)
    pushes[1].start()
    for _ in range(50):  # time for the second request to arrive; both get the same result if it is late
        running_digest(patcher)
    (folder / "go").touch()
    for push in pushes:
        push.join()
    assert digests == [running_digest(patcher)] * 2
    journal = (patcher.app.hot_dir / "journal.jsonl").read_text()
    assert journal.count('"pending"') == 1


def test_pushed_generation_survives_restart_and_is_rolled_back_when_it_fails(
    open_app: OpenWindow, patcher: Patcher
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    edit(patcher, "models/item.py", "\n# one\n")
    one = patcher.push().digest
    edit(patcher, "models/item.py", "# two\n")
    two = patcher.push().digest
    window.close()

    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == two
    with (patcher.store.folder / two / "app" / "models/item.py").open("a") as file:
        file.write("raise SystemExit('tampered with')\n")
    window.close()

    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == one
    base = patcher.app.info().base_digest
    assert patcher.roll_back().digest == base
    assert running_digest(patcher) == base
    # A changed generation is stored again.
    assert patcher.push().digest == two
    window.close()


def test_push_to_a_closed_app_is_tried_at_start_and_dropped_on_failure(open_app: OpenWindow, patcher: Patcher) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    base = running_digest(patcher)
    close(window, patcher)
    edit(patcher, "models/item.py", "\n# later\n")
    later = patcher.push()
    assert later.deferred
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == later.digest
    close(window, patcher)
    edit(patcher, "models/item.py", "raise RuntimeError('at a start')\n")
    assert patcher.push().deferred
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == later.digest != base
    window.wait_visible(f"{EDIT_NOT_APPLIED}//pre[contains(., 'at a start')]")
    window.wait_visible(f"{EDIT_NOT_APPLIED}//pre[contains(., 'File \"{patcher.package}/models/item.py\"')]")


def test_process_that_crashes_after_handover_is_rolled_back_immediately_and_reported(
    watched_window: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, messages = watched_window
    before = running_digest(patcher)
    crash = (
        "\n\nimport os as _os, traceback as _traceback\n"
        "def _crash() -> None:\n    _traceback.print_stack()\n    _os._exit(9)\n"
        "router.add_api_route('/crash/', _crash, include_in_schema=False)\n"
    )
    edit(patcher, "api/routes/utils.py", crash)
    assert "serves after" in push_message(messages)
    address = backend_address(window)
    with pytest.raises(httpx.TransportError):
        httpx.get(
            f"{address['base_url']}/api/v1/utils/crash/",
            headers={"X-Launch-Token": address["launch_token"]},
            trust_env=False,
        )
    window.wait_visible(f"{EDIT_NOT_APPLIED}//pre[contains(., 'File \"{patcher.package}/api/routes/utils.py\"')]")
    assert backend_address(window) == address
    assert running_digest(patcher) == before
    assert "The edit exited (exit status: 9). The backend restarts with the previous code." in push_message(messages)
    (reason,) = patcher.store.state()["quarantined"].values()
    assert "exit status: 9" in reason
    with pytest.raises(RejectedError, match="failed before"):
        patcher.push()


@pytest.mark.parametrize("victim", ["shell", "candidate"])
def test_app_killed_during_a_push_starts_the_last_good_generation(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, victim: str
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = running_digest(patcher)
    known = set(backend_pids(data_home))
    shell = parent_pid(min(known))
    started = patcher.package.parent / "started"
    edit(patcher, "models/item.py", HANG.format(started))
    with expect_push_failure(patcher.push):
        wait_until(lambda: started.exists() and started.read_text())
        assert running_digest(patcher) == good
        candidate = int(started.read_text())
        with expect_exit(candidate):
            os.kill(candidate if victim == "candidate" else shell, signal.SIGKILL)
    if victim == "shell":
        window = reopen(window, open_app, data_home)
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == good
