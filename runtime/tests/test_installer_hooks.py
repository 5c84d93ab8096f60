"""The hooks of the Windows installer: removed and preserved files. Requires NSIS, and Windows or Wine to run the installer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.tests.conftest import REPO

HOOKS = REPO / "src-tauri/installer/hooks.nsh"
MAKENSIS = shutil.which("makensis")
WINE = shutil.which("wine64", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/lib/wine")
INSTALLER = """
Target amd64-unicode
!include LogicLib.nsh
!define MAINBINARYNAME "app"
!define PRODUCTNAME "App"
; Stub of the bundler's macro, which asks the user to close the app.
!macro CheckIfAppIsRunning path name
  FileOpen $0 "$INSTDIR\\close-requested" w
  FileClose $0
!macroend
!include "{hooks}"
Name App
OutFile "{folder}/app_1.exe"
RequestExecutionLevel user
SilentInstall silent
Section
  SetOutPath $INSTDIR
  !insertmacro NSIS_HOOK_PREINSTALL
  File /oname=runtime.unpacked "{hooks}"
  WriteUninstaller "$INSTDIR\\uninstall.exe"
SectionEnd
Section Uninstall
  !insertmacro NSIS_HOOK_PREUNINSTALL
SectionEnd
"""


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    """An installer with the hooks, compiled with warnings as errors."""
    if not MAKENSIS:
        pytest.skip("NSIS is not installed")
    script = tmp_path / "setup.nsi"
    script.write_text(INSTALLER.format(hooks=HOOKS, folder=tmp_path), encoding="utf-8")
    done = subprocess.run([MAKENSIS, "-WX", "-INPUTCHARSET", "UTF8", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path / "app_1.exe"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Files of an older version: its runtime, with a module that the new version lacks, and a user's file."""
    folder = tmp_path / "installed"
    (folder / "runtime/site-packages").mkdir(parents=True)
    for name in ("runtime/stamp.json", "runtime/site-packages/removed.py", "mine.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    return folder


def install(setup: Path, folder: Path) -> int:
    """Run the installer silently and return its exit status. The Wine prefix is created next to it."""
    if sys.platform == "win32":
        # NSIS requires /D= as the last argument and unquoted, so pass a string.
        return subprocess.run(f'"{setup}" /S /D={folder}', timeout=120).returncode
    if not WINE:
        pytest.skip("Wine is not installed (Debian: apt-get install wine64)")
    wine = {"WINEPREFIX": str(setup.parent / "wine"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml="}
    command = [WINE, str(setup), "/S", "/D=Z:" + str(folder).replace("/", "\\")]
    return subprocess.run(command, env=os.environ | wine, capture_output=True, timeout=120).returncode


def test_installer_hooks_compile(setup: Path) -> None:
    assert setup.stat().st_size > 0


def test_upgrade_removes_only_the_old_runtime(setup: Path, installed: Path) -> None:
    assert install(setup, installed) == 0
    names = {path.name for path in installed.iterdir()}
    assert names == {"close-requested", "mine.txt", "runtime.unpacked", "uninstall.exe"}


def test_installer_does_not_remove_a_foreign_runtime_folder(setup: Path, installed: Path) -> None:
    (installed / "runtime/stamp.json").unlink()
    assert install(setup, installed) == 0
    assert (installed / "runtime/site-packages/removed.py").is_file()
    assert not (installed / "close-requested").exists()


def test_bundler_configuration_names_the_hooks() -> None:
    settings = (REPO / "src-tauri/tauri.conf.json").read_text(encoding="utf-8")
    assert f'"installerHooks": "{HOOKS.relative_to(REPO / "src-tauri").as_posix()}"' in settings
