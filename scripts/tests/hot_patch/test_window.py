"""The real window while the Python behind it is replaced: by good edits and by broken ones."""

import os
import queue
import signal
import threading
from pathlib import Path

import httpx
import pytest

from harness.items_page import ITEMS_LINK
from harness.processes import backends_on, expect_exit, parent_of
from harness.waiting import wait_until
from harness.window import OpenWindow, Window, backend_address
from scripts.hot_patch.errors import RejectedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import BROKEN, STILL_TRIED, close, edit, in_vain, outcome, reopened, serving

TITLE_FIELD = "//*[@id=//label[starts-with(normalize-space(), 'Title')]/@for]"
HANG = """
import os as _os, pathlib as _path, time as _time
_path.Path("{}").write_text(str(_os.getpid()))
_time.sleep(60)
"""


def test_edits_are_served_and_failed_edits_are_shown_without_changing_the_form(
    open_app: OpenWindow, patcher: Patcher, request: pytest.FixtureRequest
) -> None:
    window = open_app()
    window.click(ITEMS_LINK)
    window.press("Add Item")
    window.fill("Title", "half a sentence")
    window.driver.execute_script("window.same = true")
    original = (patcher.package / "models/item.py").read_text()
    before = serving(patcher)
    said: queue.Queue[str] = request.getfixturevalue("said")
    assert "runs already" in outcome(said)

    edit(patcher, "models/item.py", "\n\n# good\n")
    assert "serves after" in outcome(said)
    assert serving(patcher) != before

    good = serving(patcher)
    edit(patcher, "models/item.py", "def (\n")
    assert "SyntaxError" in outcome(said)
    window.wait_visible(f"{BROKEN}//pre[contains(., 'SyntaxError')]")

    (patcher.package / "models/item.py").write_text(f"{original}\n\nraise RuntimeError('at import')\n")
    assert f'File "{patcher.package}/models/item.py"' in outcome(said)
    window.wait_visible(f"{BROKEN}//pre[contains(., 'RuntimeError: at import')]")
    assert serving(patcher) == good
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"

    (patcher.package / "models/item.py").write_text(f"{original}\n\n# fixed\n")
    assert "serves after" in outcome(said)
    window.wait_hidden(BROKEN)
    assert window.driver.execute_script("return window.same") is True
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"
    window.press("Save")
    window.wait_visible("//tr//span[@title='half a sentence']")


@pytest.fixture
def watched(open_app: OpenWindow, request: pytest.FixtureRequest) -> tuple[Window, "queue.Queue[str]"]:
    """The window with a watch that has found nothing to push, and what that says."""
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    said: queue.Queue[str] = request.getfixturevalue("said")
    assert "runs already" in outcome(said)
    return window, said


def test_edit_that_hangs_or_exits_is_shown_with_its_location(
    watched: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, said = watched
    before = serving(patcher)
    original = (patcher.package / "models/item.py").read_text()
    line = original.count("\n") + 1
    place = f'File "{patcher.package}/models/item.py", line {line} in <module>'
    edit(patcher, "models/item.py", "while True: pass\n")
    while f"{STILL_TRIED} It is at {place}" not in said.get(timeout=60):
        pass
    window.wait_visible(f"{BROKEN}[contains(., 'not ready yet') and contains(., '{place}')]")

    (patcher.package / "models/item.py").write_text(f"{original}raise SystemExit('enough')\n")
    assert f"{place.replace(' in', ', in')}\n" in (why := outcome(said))
    assert "SystemExit: enough" in why
    window.wait_visible(f"{BROKEN}[contains(., 'SystemExit: enough')]")

    (patcher.package / "models/item.py").write_text(original)
    assert "runs already" in outcome(said)
    window.wait_hidden(BROKEN)
    assert serving(patcher) == before


def test_hanging_edit_blocks_neither_the_app_nor_the_next_edit(
    watched: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, said = watched
    before = serving(patcher)
    original = (patcher.package / "models/item.py").read_text()
    edit(patcher, "models/item.py", HANG.format(started := patcher.package.parent / "started"))
    wait_until(started.exists)
    window.click(ITEMS_LINK)
    window.wait_visible("//h1[normalize-space()='Items']")
    assert serving(patcher) == before
    (patcher.package / "models/item.py").write_text(f"{original}\n# fixed\n")
    assert "serves after" in outcome(said)
    assert serving(patcher) != before


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
    for _ in range(50):  # time for the second to arrive; if it comes later both learn the same
        serving(patcher)
    (folder / "go").touch()
    for push in pushes:
        push.join()
    assert digests == [serving(patcher)] * 2
    journal = (patcher.app.hot / "journal.jsonl").read_text()
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
    assert serving(patcher) == two
    with (patcher.store.folder / two / "app" / "models/item.py").open("a") as file:
        file.write("raise SystemExit('tampered with')\n")
    window.close()

    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == one
    base = patcher.app.about().base_digest
    assert patcher.roll_back().digest == base
    assert serving(patcher) == base
    # A changed generation is stored again.
    assert patcher.push().digest == two
    window.close()


def test_push_to_a_closed_app_is_tried_at_start_and_dropped_on_failure(open_app: OpenWindow, patcher: Patcher) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    base = serving(patcher)
    close(window, patcher)
    edit(patcher, "models/item.py", "\n# later\n")
    later = patcher.push()
    assert later.deferred
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == later.digest
    close(window, patcher)
    edit(patcher, "models/item.py", "raise RuntimeError('at a start')\n")
    assert patcher.push().deferred
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == later.digest != base
    window.wait_visible(f"{BROKEN}//pre[contains(., 'at a start')]")
    window.wait_visible(f"{BROKEN}//pre[contains(., 'File \"{patcher.package}/models/item.py\"')]")


def test_process_that_crashes_after_handover_is_rolled_back_immediately_and_reported(
    watched: tuple[Window, "queue.Queue[str]"], patcher: Patcher
) -> None:
    window, said = watched
    before = serving(patcher)
    crash = (
        "\n\nimport os as _os, traceback as _traceback\n"
        "def _crash() -> None:\n    _traceback.print_stack()\n    _os._exit(9)\n"
        "router.add_api_route('/crash/', _crash, include_in_schema=False)\n"
    )
    edit(patcher, "api/routes/utils.py", crash)
    assert "serves after" in outcome(said)
    address = backend_address(window)
    with pytest.raises(httpx.TransportError):
        httpx.get(
            f"{address['base_url']}/api/v1/utils/crash/",
            headers={"X-Launch-Token": address["launch_token"]},
            trust_env=False,
        )
    window.wait_visible(f"{BROKEN}//pre[contains(., 'File \"{patcher.package}/api/routes/utils.py\"')]")
    assert backend_address(window) == address
    assert serving(patcher) == before
    assert "The edit exited (exit status: 9). The previous code keeps running." in outcome(said)
    (why,) = patcher.store.pointer()["quarantined"].values()
    assert "exit status: 9" in why
    with pytest.raises(RejectedError, match="failed before"):
        patcher.push()


@pytest.mark.parametrize("victim", ["shell", "candidate"])
def test_app_killed_during_a_push_starts_the_last_good_generation(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, victim: str
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    good = serving(patcher)
    known = set(backends_on(data_home))
    shell = parent_of(min(known))
    started = patcher.package.parent / "started"
    edit(patcher, "models/item.py", HANG.format(started))
    with in_vain(patcher.push):
        wait_until(lambda: started.exists() and started.read_text())
        assert serving(patcher) == good
        candidate = int(started.read_text())
        with expect_exit(candidate):
            os.kill(candidate if victim == "candidate" else shell, signal.SIGKILL)
    if victim == "shell":
        window = reopened(window, open_app, data_home)
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == good
