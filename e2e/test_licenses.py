"""The licenses page in the window, with the reports that `python3 -m runtime` writes."""

import json
import subprocess
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from e2e.test_window_settings import open_tab, read_saved_file
from harness.app import ROOT
from harness.axe import axe_violations_in_window
from harness.fixtures import SharedWindow, shares_window
from runtime.project import Project
from runtime.targets import host_target

PROJECT = Project.at(ROOT)

pytestmark = shares_window


@pytest.fixture(scope="module", autouse=True)
def _reports(host_python: str) -> None:
    """Write the reports that debug builds of the shell read."""
    for kind in ("licenses", "sbom"):
        subprocess.run([host_python, "-m", "runtime", kind], cwd=ROOT, check=True)


def test_licenses_page_lists_every_component_with_license_and_text(shared_window: SharedWindow) -> None:
    report = json.loads(PROJECT.report("licenses-data", host_target()).read_text(encoding="utf-8"))
    count = sum(len(group["components"]) for group in report["groups"])
    window = shared_window.window
    open_tab(window, "About")
    window.wait_visible(f"//*[contains(., '{count} third-party components')]")
    window.click("//a[normalize-space()='Show licenses']")
    window.wait_visible("//h1[normalize-space()='Licenses']")
    for group in report["groups"]:
        window.wait_visible(f"//h2[starts-with(normalize-space(), '{group['heading']}')]")
    without_text = "//section//div[not(div)][contains(., 'no license text')]"
    rows = window.driver.find_elements(By.XPATH, f"//section//details | {without_text}")
    assert len(rows) == count

    box = window.wait_visible("//input[@aria-label='Search by name or license']")
    box.send_keys("fastapi mit" + Keys.ENTER)
    window.wait_visible(f"//*[@role='status' and normalize-space()='1 of {count}']")
    summary = window.wait_visible("//summary[contains(., 'fastapi')]")
    summary.send_keys(Keys.ENTER)
    text = window.wait_visible("//section[starts-with(@aria-label, 'LICENSE')]")
    assert text.text.startswith("The MIT License (MIT)")
    assert axe_violations_in_window(window) == []
    box.send_keys(Keys.ESCAPE)
    window.wait_visible(f"//*[@role='status' and normalize-space()='{count} components']")
    assert axe_violations_in_window(window) == []


def test_bill_of_materials_is_saved_unchanged(shared_window: SharedWindow) -> None:
    window = shared_window.window
    open_tab(window, "About")
    window.click("//a[normalize-space()='Show licenses']")
    window.press("Save bill of materials")
    saved = read_saved_file(window, (file := Path(shared_window.desktop["HOME"]) / "Downloads" / "sbom.cdx.json"))
    file.unlink()
    assert saved == PROJECT.report("sbom", host_target()).read_text(encoding="utf-8")
