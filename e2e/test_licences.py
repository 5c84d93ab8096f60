"""The licences in the real window: from what the runtime tool writes, by the shell, to a text that somebody reads."""

import json
import subprocess
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from e2e.axe import faults_in_window
from e2e.conftest import ROOT, SharedWindow, shares_window
from e2e.test_window_settings import open_tab, saved_as
from runtime.project import Project
from runtime.targets import host_target

PROJECT = Project.at(ROOT)

pytestmark = shares_window


@pytest.fixture(scope="module", autouse=True)
def _reports(host_python: str) -> None:
    """As a developer makes them; the window of a debug build takes them from there."""
    for kind in ("licences", "sbom"):
        subprocess.run([host_python, "-m", "runtime", kind], cwd=ROOT, check=True)


def test_every_part_can_be_found_with_its_licence_and_its_text(shared: SharedWindow) -> None:
    told = json.loads(PROJECT.report("licences-data", host_target()).read_text(encoding="utf-8"))
    count = sum(len(room["components"]) for room in told["rooms"])
    window = shared.window
    open_tab(window, "About")
    window.see(f"//*[contains(., '{count} parts that others wrote')]")
    window.click("//a[normalize-space()='Show licences']")
    window.see("//h1[normalize-space()='Licences']")
    for room in told["rooms"]:
        window.see(f"//h2[starts-with(normalize-space(), '{room['heading']}')]")
    rows = window.driver.find_elements(By.XPATH, "//section//details | //section//div[contains(., 'no text comes')]")
    assert len({row.id for row in rows}) >= count

    box = window.see("//input[@aria-label='Search by name or licence']")
    box.send_keys("fastapi mit" + Keys.ENTER)
    window.see(f"//*[@role='status' and normalize-space()='1 of {count}']")
    summary = window.see("//summary[contains(., 'fastapi')]")
    summary.send_keys(Keys.ENTER)
    text = window.see("//section[starts-with(@aria-label, 'LICENSE')]")
    assert text.text.startswith("The MIT License (MIT)")
    assert faults_in_window(window) == []
    box.send_keys(Keys.ESCAPE)
    window.see(f"//*[@role='status' and normalize-space()='{count} parts']")
    assert faults_in_window(window) == []


def test_the_bill_of_materials_is_saved_as_it_was_made(shared: SharedWindow) -> None:
    window = shared.window
    open_tab(window, "About")
    window.click("//a[normalize-space()='Show licences']")
    window.press("Save bill of materials")
    saved = saved_as(window, (file := Path(shared.desktop["HOME"]) / "Downloads" / "sbom.cdx.json"))
    file.unlink()
    assert saved == PROJECT.report("sbom", host_target()).read_text(encoding="utf-8")
