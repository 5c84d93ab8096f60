"""Updates are on if public key, endpoint and private key are set, off if none is set; incomplete settings are refused."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runtime.inventory import components
from runtime.tests.conftest import REPO, StagingProject, with_names
from scripts.release.build import prepare
from scripts.release.update_keys import ENDPOINT, PRIVATE_KEY, PUBKEY, UpdateKeysError, updater_config

ADDRESS = "https://updates.example.com/{{target}}/latest.json"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public key of `tauri signer`; the private key is next to it."""
    private = tmp_path_factory.mktemp("keys") / "app.key"
    tauri = REPO / "frontend" / "node_modules" / ".bin" / "tauri"
    subprocess.run([tauri, "signer", "generate", "--ci", "-w", private], check=True, stdout=subprocess.DEVNULL)
    return private.with_suffix(".key.pub")


@pytest.fixture
def environment(key: Path) -> dict[str, str]:
    return {PUBKEY: str(key), ENDPOINT: ADDRESS, PRIVATE_KEY: "secret-private-key"}


def test_build_without_keys_has_no_updates() -> None:
    assert updater_config({}) is None
    assert updater_config({PUBKEY: "", ENDPOINT: "", PRIVATE_KEY: ""}) is None


def test_complete_update_keys_enable_signing_and_updates(key: Path, environment: dict[str, str]) -> None:
    content = key.read_text(encoding="utf-8")
    expected: dict[str, Any] = {
        "bundle": {"createUpdaterArtifacts": True},
        "plugins": {"updater": {"pubkey": content, "endpoints": [ADDRESS], "requireSignedVersion": True}},
    }
    assert updater_config(environment) == expected
    assert updater_config(environment | {PUBKEY: content + "\n"}) == expected
    assert "secret-private-key" not in json.dumps(updater_config(environment))


@pytest.mark.parametrize("missing", [PUBKEY, ENDPOINT, PRIVATE_KEY])
def test_missing_update_key_is_named(environment: dict[str, str], missing: str) -> None:
    for incomplete in (
        {name: environment[name] for name in environment if name != missing},
        environment | {missing: ""},
    ):
        with pytest.raises(UpdateKeysError, match=f": {missing} not set"):
            updater_config(incomplete)


@pytest.mark.parametrize("address", ["http://updates.example.com/", "https:///latest.json", "latest.json", "file:///a"])
def test_update_address_must_use_https(environment: dict[str, str], address: str) -> None:
    with pytest.raises(UpdateKeysError, match=f"{re.escape(repr(address))}, which is not an https"):
        updater_config(environment | {ENDPOINT: address})


def test_invalid_public_key_is_refused_without_printing_it(
    key: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    private = key.with_suffix("")
    cut_short = tmp_path / "cut.pub"
    cut_short.write_text(key.read_text(encoding="utf-8")[:-8], encoding="utf-8")
    for wrong in (str(private), private.read_text(encoding="utf-8"), "dGVzdA==", str(cut_short), "x" * 5000):
        with pytest.raises(UpdateKeysError, match="is not a public key") as refused:
            updater_config(environment | {PUBKEY: wrong})
        assert wrong not in str(refused.value)


def test_overlay_has_resources_and_updates(
    staging_project: StagingProject, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(components, "interpreter_libraries", lambda *_: None)
    staging_project.staging().run()
    updates = updater_config(environment)
    assert updates is not None
    overlay = json.loads(
        prepare(with_names(staging_project).project, allow_go_module=False, updates=updates).read_text(encoding="utf-8")
    )
    assert overlay["bundle"].keys() >= {"createUpdaterArtifacts", "resources"}
    assert overlay["plugins"] == updates["plugins"]
    assert "resources" not in updates["bundle"]


def test_build_fails_early_when_update_keys_are_incomplete() -> None:
    incomplete = {name: value for name, value in os.environ.items() if name not in (ENDPOINT, PRIVATE_KEY)} | {
        PUBKEY: "x"
    }
    command = ["python3", "-B", str(REPO / "scripts" / "run.py"), "scripts.release.build"]
    done = subprocess.run(command, env=incomplete, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: the configuration of updates is incomplete: {ENDPOINT} and {PRIVATE_KEY} not set."
    )
    assert "Traceback" not in done.stderr
