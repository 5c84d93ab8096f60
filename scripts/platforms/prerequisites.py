"""Prerequisites of the cross-platform checks, and installation of Rust's standard libraries."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SRC_TAURI = Path(__file__).resolve().parents[2] / "src-tauri"


class PrerequisiteMissingError(Exception):
    """A prerequisite is missing. The message is one line."""


def has_standard_library(target: str) -> bool:
    """Whether the Rust toolchain has the target's standard library. Raises PrerequisiteMissingError without Rust."""
    if shutil.which("rustc") is None or shutil.which("cargo-clippy") is None:
        raise PrerequisiteMissingError("Rust with clippy is not on the PATH. Install it from https://rustup.rs.")
    command = ["rustc", "--print", "target-libdir", "--target", target]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SRC_TAURI)
    libraries = Path(result.stdout.strip())
    return result.returncode == 0 and any(libraries.glob("libstd-*.rlib"))


def add_standard_libraries(targets: Sequence[str]) -> None:
    """Install missing standard libraries with rustup. Raises PrerequisiteMissingError."""
    missing = [target for target in targets if not has_standard_library(target)]
    if not missing:
        return
    command = ["rustup", "target", "add", *missing]
    if shutil.which("rustup"):
        subprocess.run(command, check=False, cwd=SRC_TAURI)
        missing = [target for target in missing if not has_standard_library(target)]
    if missing:
        raise PrerequisiteMissingError(
            f"Rust's standard library is missing for {', '.join(missing)}. Run `{' '.join(command)}`."
        )
