"""Other launchers start the backend like the shell."""

import os
import sys
from pathlib import Path

import pytest

from app.core.config import sources
from backend_host.data import data_lock
from backend_host.data.names import DATABASE_FILE
from harness.app import ROOT
from harness.checkout import shell_constants
from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.app_names import read_names
from scripts.dev import browser_mode, data_dirs

IDENTIFIER = read_names(ROOT).identifier
DEFAULT_DATA_HOME = Path.home() / ".local" / "share"


def test_browser_mode_passes_the_same_variables() -> None:
    for system, allowed in shell_constants()["environment"].items():
        assert set(allowed["names"]) == set(browser_mode.INHERITED_VARIABLES[system])
        assert tuple(allowed["prefixes"]) == browser_mode.INHERITED_PREFIXES[system]


@pytest.mark.skipif(os.name == "nt", reason="no variables are inherited by prefix on Windows")
def test_user_folders_and_locale_reach_the_backend_and_settings_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "LC_TIME", "PORT", "PYTHONPATH"):
        monkeypatch.setenv(name, "value")
    inherited = browser_mode.inherited_variables()
    assert (inherited["XDG_CACHE_HOME"], inherited["LC_TIME"]) == ("value", "value")
    assert inherited.keys().isdisjoint({"PORT", "PYTHONPATH"})


def test_launchers_pass_the_same_interpreter_flags() -> None:
    assert shell_constants()["interpreter_flags"] == list(CONTRACT_FLAGS)


def test_launchers_use_the_same_data_dir_file_names() -> None:
    assert (DATABASE_FILE, data_lock.LOCK_FILE, sources.config_path().name) == (
        data_dirs.DATABASE,
        data_dirs.LOCK,
        data_dirs.CONFIG,
    )
    assert shell_constants()["data_dir"] == {"config": data_dirs.CONFIG, "lock": data_dirs.LOCK}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux uses XDG variables")
@pytest.mark.parametrize(
    ("xdg_data_home", "base"),
    [
        ("/srv/share", Path("/srv/share")),
        ("share", DEFAULT_DATA_HOME),
        ("./share", DEFAULT_DATA_HOME),
        ("", DEFAULT_DATA_HOME),
        (None, DEFAULT_DATA_HOME),
    ],
)
def test_data_dir_matches_the_shell_and_relative_xdg_data_home_is_ignored(
    monkeypatch: pytest.MonkeyPatch, xdg_data_home: str | None, base: Path
) -> None:
    if xdg_data_home is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", xdg_data_home)
    assert data_dirs.release_data_dir() == base / IDENTIFIER
    assert data_dirs.debug_data_dir() == base / f"{IDENTIFIER}.dev"
