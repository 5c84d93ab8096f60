"""The programs that sign one file: codesign or rcodesign for Mach-O, osslsigncode or a custom command for PE."""

import shutil
import tempfile
from pathlib import Path

from runtime.host.processes import run
from runtime.integrity.natives import Kind, NativeFile
from scripts.project import ROOT
from scripts.release.signing_keys import (
    AD_HOC,
    MACOS_CERTIFICATE_FILE,
    MACOS_IDENTITY,
    MACOS_PASSWORD_FILE,
    MACOS_TEAM,
    WINDOWS_FILE,
    WINDOWS_SIGNED_FILE,
    read_variable,
    windows_command,
)
from scripts.setup import cargo_tool

ENTITLEMENTS = ROOT / "src-tauri" / "entitlements.plist"
"""Entitlements of the interpreter (docs/signing.md)."""

CRATE = "apple-codesign"
"""The crate of rcodesign, which signs Mach-O files on any system."""

_ADVICE = "Check the certificate and its password, then run `python3 -m runtime stage` and sign again."


def rcodesign() -> str | None:
    """Path of rcodesign: installed by cargo_tool.py, or on the PATH."""
    installed = cargo_tool.program_path(CRATE)
    return str(installed) if installed.is_file() else shutil.which("rcodesign")


def can_sign(native: NativeFile) -> bool:
    """Whether keys for this file format are set."""
    if native.kind is Kind.MACH_O:
        return bool(read_variable(MACOS_CERTIFICATE_FILE) or read_variable(MACOS_IDENTITY))
    return native.kind is Kind.PE and windows_command() is not None


def sign_file(native: NativeFile, path: Path, *, timestamp: bool = True) -> None:
    """Sign one file in place. Raises StepFailedError, ToolMissingError."""
    step = f"sign {native.name}"
    if native.kind is Kind.MACH_O:
        run(_mach_o_command(native, path, timestamp=timestamp), what=step, advice=_ADVICE)
    else:
        _sign_pe(path, windows_command(timestamp=timestamp) or [], step)


def _mach_o_command(native: NativeFile, path: Path, *, timestamp: bool) -> list[str]:
    certificate, identity = read_variable(MACOS_CERTIFICATE_FILE), read_variable(MACOS_IDENTITY) or AD_HOC
    if certificate:
        command = [rcodesign() or "rcodesign", "sign", "--p12-file", certificate]
        command += [
            "--p12-password-file",
            read_variable(MACOS_PASSWORD_FILE) or "",
            "--code-signature-flags",
            "runtime",
        ]
        if native.program:
            command += ["--entitlements-xml-file", str(ENTITLEMENTS)]
        if team := read_variable(MACOS_TEAM):
            command += ["--team-name", team]
        if not timestamp:
            command += ["--timestamp-url", "none"]
    elif identity == AD_HOC and shutil.which("codesign") is None:
        command = [rcodesign() or "rcodesign", "sign"]
    else:
        command = ["codesign", "--force", "--sign", identity]
        if identity == AD_HOC:
            command += ["--timestamp=none"]
        else:
            command += ["--timestamp" if timestamp else "--timestamp=none", "--options", "runtime"]
            if native.program:
                command += ["--entitlements", str(ENTITLEMENTS)]
    return [*command, str(path)]


def _sign_pe(path: Path, command: list[str], step: str) -> None:
    if WINDOWS_SIGNED_FILE not in command:
        run([str(path) if word == WINDOWS_FILE else word for word in command], what=step, advice=_ADVICE)
        return
    with tempfile.TemporaryDirectory(prefix=".signing-", dir=path.parent) as folder:
        signed = Path(folder) / path.name
        values = {WINDOWS_FILE: str(path), WINDOWS_SIGNED_FILE: str(signed)}
        run([values.get(word, word) for word in command], what=step, advice=_ADVICE)
        if signed.is_file():
            shutil.copymode(path, signed)
            signed.replace(path)
