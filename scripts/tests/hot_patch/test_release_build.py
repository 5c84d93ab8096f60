"""A release build of the shell contains no hot patching and ignores generations in its data dir."""

import shutil
from pathlib import Path

import httpx
import pytest

from harness.app import IDENTIFIER, PRODUCT
from harness.items_page import ITEMS_LINK
from harness.processes import STANDBY, interpreter_pids
from harness.shell_build import build_shell
from harness.window import OpenWindow, backend_address, open_window
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import edit, running_digest


@pytest.fixture
def release_shell(staged_tree: Path, tmp_path: Path) -> Path:
    """A release build of the shell (without debug assertions), installed like a package."""
    programs = tmp_path / "usr" / "bin"
    programs.mkdir(parents=True)
    installed = build_shell(programs, is_release=True)
    resources = tmp_path / "usr" / "lib" / PRODUCT
    resources.mkdir(parents=True)
    (resources / "runtime").symlink_to(staged_tree)
    return installed


def test_release_build_does_not_run_a_planted_generation(
    open_app: OpenWindow, patcher: Patcher, release_shell: Path, shell: Path, driver_url: str, data_home: Path
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    base = running_digest(patcher)
    edit(patcher, "models/item.py", "\n# planted\n")
    planted = patcher.push().digest
    window.close()
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert running_digest(patcher) == planted != base, "a debug build must run the generation"
    window.close()

    identifier = IDENTIFIER
    shutil.copytree(patcher.app.hot_dir, data_home / identifier / "hot")
    before = (data_home / identifier / "hot" / "state.json").read_bytes()
    window = open_window(driver_url, release_shell)
    try:
        window.wait_visible(ITEMS_LINK)
        address = backend_address(window)
        diagnostics = httpx.get(
            f"{address['base_url']}/api/v1/utils/diagnostics/",
            headers={"X-Launch-Token": address["launch_token"]},
            trust_env=False,
        ).json()
        assert diagnostics["data_dir"] == str(data_home / identifier)
        assert diagnostics["code_digest"] == f"sha256:{base}"
        assert len(interpreter_pids(data_home)) == 1, "a release build must not start a standby process"
        assert (data_home / identifier / "hot" / "state.json").read_bytes() == before
    finally:
        window.close()
    assert STANDBY in shell.read_bytes()
    assert STANDBY not in release_shell.read_bytes()
