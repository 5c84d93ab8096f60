"""Signing keys from environment variables: their names, incomplete sets, and features that are off without them.

An empty variable counts as unset, because workflows pass missing secrets as empty strings.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.project import RUN

MACOS_IDENTITY = "APPLE_SIGNING_IDENTITY"
AD_HOC = "-"
"""The identity of an ad-hoc signature, without certificate, Team ID and timestamp, for this machine only."""

MACOS_CERTIFICATE = "APPLE_CERTIFICATE"
MACOS_CERTIFICATE_FILE = "APPLE_CERTIFICATE_FILE"
MACOS_PASSWORD_FILE = "APPLE_CERTIFICATE_PASSWORD_FILE"
"""A .p12 file for rcodesign, and a file with its password, because other users can read command lines."""

MACOS_TEAM = "APPLE_TEAM_ID"
"""Required for notarization with an Apple ID. For rcodesign, the Team ID of a certificate that Apple did not issue."""

WINDOWS_COMMAND = "WINDOWS_SIGN_COMMAND"
WINDOWS_CERTIFICATE_FILE = "WINDOWS_CERTIFICATE_FILE"
WINDOWS_PASSWORD_FILE = "WINDOWS_CERTIFICATE_PASSWORD_FILE"
WINDOWS_FILE, WINDOWS_SIGNED_FILE = "%1", "%2"
"""Placeholders in the command: the file and, for a program that cannot sign in place, the signed file."""

WINDOWS_TIMESTAMP_URL = "http://timestamp.digicert.com"
"""For osslsigncode: a signature without a timestamp expires with its certificate. http, because RFC 3161 responses are signed."""

NOTARIZATION = (
    ("APPLE_API_KEY", "APPLE_API_ISSUER", "APPLE_API_KEY_PATH"),
    ("APPLE_ID", "APPLE_PASSWORD", MACOS_TEAM),
)
"""Alternative sets of variables, which the bundler reads."""

LINUX_SIGNING = {"rpm": "TAURI_SIGNING_RPM_KEY", "AppImage": "SIGN"}
"""The variable that enables signing, by bundle. The bundler reads them."""

_OTHER_VARIABLES = (
    "APPLE_CERTIFICATE_PASSWORD",
    "APPIMAGETOOL_SIGN_PASSPHRASE",
    "SIGN_KEY",
    "TAURI_SIGNING_PRIVATE_KEY",
    "TAURI_SIGNING_PRIVATE_KEY_PASSWORD",
    "TAURI_SIGNING_RPM_KEY_PASSPHRASE",
)
VARIABLES = (
    MACOS_IDENTITY,
    MACOS_CERTIFICATE,
    MACOS_CERTIFICATE_FILE,
    MACOS_PASSWORD_FILE,
    WINDOWS_COMMAND,
    WINDOWS_CERTIFICATE_FILE,
    WINDOWS_PASSWORD_FILE,
    *NOTARIZATION[0],
    *NOTARIZATION[1],
    *LINUX_SIGNING.values(),
    *_OTHER_VARIABLES,
)


def read_variable(name: str) -> str | None:
    """Value of an environment variable; None if it is unset or empty."""
    return os.environ.get(name) or None


def environment() -> dict[str, str]:
    """The environment of this process without empty keys, which the bundler would use."""
    return {name: value for name, value in os.environ.items() if value or name not in VARIABLES}


def windows_command(*, timestamp: bool = True) -> list[str] | None:
    """WINDOWS_SIGN_COMMAND as an argument list, or osslsigncode with WINDOWS_CERTIFICATE_FILE; None if neither is set.

    Quotes group words; a backslash is not an escape character. Raises ValueError for an unclosed quote.
    """
    if template := read_variable(WINDOWS_COMMAND):
        lexer = shlex.shlex(template, posix=True)
        lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
        return list(lexer)
    if certificate := read_variable(WINDOWS_CERTIFICATE_FILE):
        command = [
            "osslsigncode",
            "sign",
            "-pkcs12",
            certificate,
            "-readpass",
            read_variable(WINDOWS_PASSWORD_FILE) or "",
        ]
        command += ["-h", "sha256", *(["-ts", WINDOWS_TIMESTAMP_URL] if timestamp else [])]
        return [*command, "-in", WINDOWS_FILE, "-out", WINDOWS_SIGNED_FILE]
    return None


def bundle_settings(target: str) -> dict[str, Any]:
    """Additions to `bundle` of the bundler's configuration. It reads Apple's keys from the environment."""
    if "windows" in target and (command := windows_command()):
        if WINDOWS_SIGNED_FILE in command:  # the bundler requires a command that signs in place
            command = [sys.executable, RUN, "scripts.release.sign", "--file", WINDOWS_FILE]
        return {"windows": {"signCommand": {"cmd": command[0], "args": command[1:]}}}
    return {}


def config_errors(target: str) -> Iterator[str]:
    """A message for each incomplete set of keys, to stop before the build."""
    if "apple" in target:
        yield from _certificate_file_errors(MACOS_CERTIFICATE_FILE, MACOS_PASSWORD_FILE)
        yield from _apple_errors()
    if "windows" in target:
        yield from _certificate_file_errors(WINDOWS_CERTIFICATE_FILE, WINDOWS_PASSWORD_FILE)
        yield from _windows_errors()


def _certificate_file_errors(certificate: str, password: str) -> Iterator[str]:
    if bool(read_variable(certificate)) != bool(read_variable(password)):
        yield f"Set both {certificate} and {password}, or neither: a certificate file, and a file with its password."
        return
    for variable in (certificate, password):
        if (path := read_variable(variable)) and not Path(path).is_file():
            yield f"{variable} is {path}, which is not a file."


def _apple_errors() -> Iterator[str]:
    identity, certificate_file = read_variable(MACOS_IDENTITY), read_variable(MACOS_CERTIFICATE_FILE)
    if read_variable(MACOS_CERTIFICATE) and not identity and not certificate_file:
        yield (
            f"{MACOS_CERTIFICATE} is set, but not {MACOS_IDENTITY}: only the app would be signed, not its interpreter. "
            f"Import the certificate into a keychain and set {MACOS_IDENTITY} to its name."
        )
    if identity and identity != AD_HOC and not certificate_file and shutil.which("codesign") is None:
        yield (
            f"{MACOS_IDENTITY} names a certificate in a keychain, which requires codesign on macOS. "
            f"On this system, set {MACOS_CERTIFICATE_FILE} and {MACOS_PASSWORD_FILE}."
        )
    for group in NOTARIZATION:
        missing = [name for name in group if not read_variable(name)]
        if missing and any(read_variable(name) for name in group if name != MACOS_TEAM):
            yield f"Notarization also requires {', '.join(missing)}. Set them, or none of {', '.join(group)}."


def _windows_errors() -> Iterator[str]:
    try:
        command = windows_command()
    except ValueError:
        command = []
    if command is not None and (len(command) < 2 or WINDOWS_FILE not in command[1:]):
        yield (
            f"{WINDOWS_COMMAND} must be a program with arguments, one of them {WINDOWS_FILE} for the file. "
            f"If the program does not sign in place, add {WINDOWS_SIGNED_FILE} for the signed file."
        )


def notices(target: str) -> Iterator[str]:
    """A message for each feature that is off. sign.py reports about the runtime's files."""
    if "apple" in target:
        if not read_variable(MACOS_IDENTITY):
            yield f"The app will not be signed: {MACOS_IDENTITY} is not set."
        if not any(all(map(read_variable, group)) for group in NOTARIZATION):
            yield f"The app will not be notarized: set {', '.join(NOTARIZATION[0])}, or {', '.join(NOTARIZATION[1])}."
    elif "windows" in target:
        if not read_variable(WINDOWS_COMMAND) and not read_variable(WINDOWS_CERTIFICATE_FILE):
            yield f"App and installer will not be signed: neither {WINDOWS_COMMAND} nor {WINDOWS_CERTIFICATE_FILE} is set."
    else:
        for bundle, variable in LINUX_SIGNING.items():
            if not read_variable(variable):
                yield f"The {bundle} will not be signed: {variable} is not set."
