"""Which keys are set, what is half set, and what the bundler is told of them."""

import os

import pytest

from scripts import signing_keys

LINUX, MAC, WINDOWS = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_without_keys_nothing_is_wrong_and_all_that_is_off_is_said() -> None:
    for target, variables in {
        LINUX: ["TAURI_SIGNING_RPM_KEY", "SIGN"],
        MAC: ["APPLE_SIGNING_IDENTITY", "APPLE_API_KEY", "APPLE_ID"],
        WINDOWS: ["WINDOWS_SIGN_COMMAND"],
    }.items():
        assert list(signing_keys.faults(target)) == []
        assert signing_keys.bundle_settings(target) == {}
        said = "\n".join(signing_keys.notices(target))
        assert [variable for variable in variables if variable not in said] == []


def test_with_keys_nothing_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.setenv(variable, "tool %1")
    for target in (LINUX, MAC, WINDOWS):
        assert list(signing_keys.faults(target)) == []
        assert list(signing_keys.notices(target)) == []


def test_an_empty_key_is_none_and_is_kept_from_the_bundler(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in signing_keys.VARIABLES:
        monkeypatch.setenv(variable, "")
    monkeypatch.setenv("SOMETHING_ELSE", "")
    monkeypatch.setenv("APPLE_ID", "someone")
    given = signing_keys.environment()
    assert given["SOMETHING_ELSE"] == ""
    assert [variable for variable in signing_keys.VARIABLES if variable in given] == ["APPLE_ID"]
    assert given.items() <= os.environ.items()
    assert len(list(signing_keys.faults(MAC))) == 1, "APPLE_ID alone is no way to notarise"


def test_a_certificate_without_a_name_would_leave_the_interpreter_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLE_CERTIFICATE", "base64")
    (said,) = signing_keys.faults(MAC)
    assert "APPLE_SIGNING_IDENTITY" in said


def test_a_windows_command_keeps_its_backslashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", r'"C:\Program Files\sign tool.exe" sign /fd sha256 /n "A & B" %1')
    assert list(signing_keys.faults(WINDOWS)) == []
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
def test_a_windows_command_that_names_no_file_is_a_fault(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", command)
    (said,) = signing_keys.faults(WINDOWS)
    assert "%1" in said
