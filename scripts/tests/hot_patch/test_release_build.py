"""A release build of the shell has nothing of hot patching: what is planted in its data dir is not even looked at."""

import shutil
from pathlib import Path

import httpx
import pytest

from harness.app import IDENTIFIER, PRODUCT
from harness.items_page import ITEMS_LINK
from harness.processes import STANDBY, interpreters_on
from harness.shell_build import build_shell
from harness.window import OpenWindow, backend_address, open_window
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import edit, serving


@pytest.fixture
def release_shell(staged_tree: Path, tmp_path: Path) -> Path:
    """The shell without debug assertions, which is what makes a release, installed as a package would do it."""
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
    base = serving(patcher)
    edit(patcher, "models/item.py", "\n# planted\n")
    planted = patcher.push().digest
    window.close()
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    assert serving(patcher) == planted != base, "a debug build runs it"
    window.close()

    identifier = IDENTIFIER
    shutil.copytree(patcher.app.hot, data_home / identifier / "hot")
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
        assert len(interpreters_on(data_home)) == 1, "no standby process"
        assert (data_home / identifier / "hot" / "state.json").read_bytes() == before
    finally:
        window.close()
    assert STANDBY in shell.read_bytes()
    assert STANDBY not in release_shell.read_bytes()
