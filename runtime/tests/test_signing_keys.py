"""Detection of complete and incomplete signing keys, and their settings for the bundler."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from scripts.release import signing_keys

LINUX, MAC, WINDOWS = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_missing_keys_are_reported_as_disabled_features() -> None:
    for target, variables in {
        LINUX: ["TAURI_SIGNING_RPM_KEY", "SIGN"],
        MAC: ["APPLE_SIGNING_IDENTITY", "APPLE_API_KEY", "APPLE_ID"],
        WINDOWS: ["WINDOWS_SIGN_COMMAND"],
    }.items():
        assert list(signing_keys.config_errors(target)) == []
        assert signing_keys.bundle_settings(target) == {}
        messages = "\n".join(signing_keys.notices(target))
        assert [variable for variable in variables if variable not in messages] == []


def test_complete_keys_enable_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.setenv(variable, __file__ if variable.endswith("_FILE") else "tool %1")
    for target in (LINUX, MAC, WINDOWS):
        assert list(signing_keys.config_errors(target)) == []
        assert list(signing_keys.notices(target)) == []


def test_empty_key_counts_as_unset_and_is_not_passed_to_the_bundler(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.setenv(variable, "")
    monkeypatch.setenv("SOMETHING_ELSE", "")
    monkeypatch.setenv("APPLE_ID", "someone")
    given = signing_keys.environment()
    assert given["SOMETHING_ELSE"] == ""
    assert [variable for variable in signing_keys.VARIABLES if variable in given] == ["APPLE_ID"]
    assert given.items() <= os.environ.items()
    assert len(list(signing_keys.config_errors(MAC))) == 1, "APPLE_ID is not sufficient for notarization"


def test_certificate_without_an_identity_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLE_CERTIFICATE", "base64")
    (error,) = signing_keys.config_errors(MAC)
    assert "APPLE_SIGNING_IDENTITY" in error


def test_windows_command_preserves_backslashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", r'"C:\Program Files\sign tool.exe" sign /fd sha256 /n "A & B" %1')
    assert list(signing_keys.config_errors(WINDOWS)) == []
    assert signing_keys.bundle_settings(WINDOWS) == {
        "windows": {
            "signCommand": {
                "cmd": r"C:\Program Files\sign tool.exe",
                "args": ["sign", "/fd", "sha256", "/n", "A & B", "%1"],
            }
        }
    }
    assert signing_keys.bundle_settings(LINUX) == {}


@pytest.mark.parametrize("command", ["signtool", "signtool sign", "%1", "signtool --file=%1", 'signtool "%1'])
def test_windows_command_without_file_placeholder_is_refused(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", command)
    (error,) = signing_keys.config_errors(WINDOWS)
    assert "%1" in error


def test_certificate_file_needs_a_password_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for owner, target in (("APPLE", MAC), ("WINDOWS", WINDOWS)):
        monkeypatch.setenv(f"{owner}_CERTIFICATE_FILE", __file__)
        (error,) = signing_keys.config_errors(target)
        assert f"{owner}_CERTIFICATE_PASSWORD_FILE" in error
        monkeypatch.setenv(f"{owner}_CERTIFICATE_PASSWORD_FILE", str(tmp_path / "none"))
        (error,) = signing_keys.config_errors(target)
        assert "is not a file" in error
        monkeypatch.setenv(f"{owner}_CERTIFICATE_PASSWORD_FILE", __file__)
        assert list(signing_keys.config_errors(target)) == []


def test_keychain_identity_without_codesign_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("APPLE_SIGNING_IDENTITY", "Developer ID Application: Someone (TEAM)")
    (error,) = signing_keys.config_errors(MAC)
    assert "APPLE_CERTIFICATE_FILE" in error
    monkeypatch.setenv("APPLE_SIGNING_IDENTITY", signing_keys.AD_HOC)
    assert list(signing_keys.config_errors(MAC)) == []


def test_team_id_alone_does_not_require_notarization_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLE_TEAM_ID", "TEAM")
    assert list(signing_keys.config_errors(MAC)) == []


def test_osslsigncode_signs_with_a_certificate_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOWS_CERTIFICATE_FILE", "/keys/a b.pfx")
    monkeypatch.setenv("WINDOWS_CERTIFICATE_PASSWORD_FILE", "/keys/password")
    command = signing_keys.windows_command(timestamp=False)
    assert command == [
        *("osslsigncode", "sign", "-pkcs12", "/keys/a b.pfx", "-readpass", "/keys/password"),
        *("-h", "sha256", "-in", "%1", "-out", "%2"),
    ]
    assert "-ts" in (signing_keys.windows_command() or [])
    settings = signing_keys.bundle_settings(WINDOWS)["windows"]["signCommand"]
    assert settings["cmd"] == sys.executable, "the bundler's own commands sign in place"
    assert settings["args"][1:] == ["scripts.release.sign", "--file", "%1"]
