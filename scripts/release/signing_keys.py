"""Signing keys from environment variables: names, incomplete sets, and what is off without keys.

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
"""The identity of an ad-hoc signature: no certificate, no Team ID, no timestamp; for this machine alone."""

MACOS_CERTIFICATE = "APPLE_CERTIFICATE"
MACOS_CERTIFICATE_FILE = "APPLE_CERTIFICATE_FILE"
MACOS_PASSWORD_FILE = "APPLE_CERTIFICATE_PASSWORD_FILE"
"""A .p12 for rcodesign, and the file with its password: a command line would show it to other users."""

MACOS_TEAM = "APPLE_TEAM_ID"
"""Required for notarization with an Apple ID; for rcodesign also the Team ID of a certificate that is not Apple's."""

WINDOWS_COMMAND = "WINDOWS_SIGN_COMMAND"
WINDOWS_CERTIFICATE_FILE = "WINDOWS_CERTIFICATE_FILE"
WINDOWS_PASSWORD_FILE = "WINDOWS_CERTIFICATE_PASSWORD_FILE"
WINDOWS_FILE, WINDOWS_SIGNED_FILE = "%1", "%2"
"""The words of the command that stand for the file and, with a program that can't sign in place, for the signed file."""

WINDOWS_TIMESTAMP_URL = "http://timestamp.digicert.com"
"""Of osslsigncode: a signature without a timestamp ends with its certificate. RFC 3161 servers sign what they send, so http is usual."""

NOTARISING = (
    ("APPLE_API_KEY", "APPLE_API_ISSUER", "APPLE_API_KEY_PATH"),
    ("APPLE_ID", "APPLE_PASSWORD", MACOS_TEAM),
)
"""Either set will do. The bundler reads them."""

LINUX = {"rpm": "TAURI_SIGNING_RPM_KEY", "AppImage": "SIGN"}
"""What switches signing on, a bundle each. The bundler reads them."""

_OTHERS = (
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
    *NOTARISING[0],
    *NOTARISING[1],
    *LINUX.values(),
    *_OTHERS,
)


def key(variable: str) -> str | None:
    """What a variable holds; None if it is not set or empty."""
    return os.environ.get(variable) or None


def environment() -> dict[str, str]:
    """This process's environment without empty keys, which the bundler would try to use."""
    return {name: value for name, value in os.environ.items() if value or name not in VARIABLES}


def windows_command(*, timestamp: bool = True) -> list[str] | None:
    """The words of WINDOWS_SIGN_COMMAND, else osslsigncode's with WINDOWS_CERTIFICATE_FILE; None if neither is set.

    Quotes group words, and backslashes are just that. Raises ValueError for an open quote.
    """
    if template := key(WINDOWS_COMMAND):
        lexer = shlex.shlex(template, posix=True)
        lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
        return list(lexer)
    if certificate := key(WINDOWS_CERTIFICATE_FILE):
        command = ["osslsigncode", "sign", "-pkcs12", certificate, "-readpass", key(WINDOWS_PASSWORD_FILE) or ""]
        command += ["-h", "sha256", *(["-ts", WINDOWS_TIMESTAMP_URL] if timestamp else [])]
        return [*command, "-in", WINDOWS_FILE, "-out", WINDOWS_SIGNED_FILE]
    return None


def bundle_settings(target: str) -> dict[str, Any]:
    """What the keys add to `bundle` of the bundler's configuration; Apple's it reads from the environment."""
    if "windows" in target and (command := windows_command()):
        if WINDOWS_SIGNED_FILE in command:  # the bundler's commands sign in place
            command = [sys.executable, RUN, "scripts.release.sign", "--file", WINDOWS_FILE]
        return {"windows": {"signCommand": {"cmd": command[0], "args": command[1:]}}}
    return {}


def faults(target: str) -> Iterator[str]:
    """Keys that are half set, a sentence each: better heard of before the build than after it."""
    if "apple" in target:
        yield from _certificate_file_faults(MACOS_CERTIFICATE_FILE, MACOS_PASSWORD_FILE)
        yield from _apple_faults()
    if "windows" in target:
        yield from _certificate_file_faults(WINDOWS_CERTIFICATE_FILE, WINDOWS_PASSWORD_FILE)
        yield from _windows_faults()


def _certificate_file_faults(certificate: str, password: str) -> Iterator[str]:
    if bool(key(certificate)) != bool(key(password)):
        yield f"Of {certificate} and {password}, set both or neither: a certificate's file, and a file with its password."
        return
    for variable in (certificate, password):
        if (name := key(variable)) and not Path(name).is_file():
            yield f"{variable} names {name}, which is not a file."


def _apple_faults() -> Iterator[str]:
    identity, certificate_file = key(MACOS_IDENTITY), key(MACOS_CERTIFICATE_FILE)
    if key(MACOS_CERTIFICATE) and not identity and not certificate_file:
        yield (
            f"{MACOS_CERTIFICATE} is set, but not {MACOS_IDENTITY}: the app would be signed, the interpreter in it not. "
            f"Import the certificate into a keychain and name it in {MACOS_IDENTITY}."
        )
    if identity and identity != AD_HOC and not certificate_file and shutil.which("codesign") is None:
        yield (
            f"{MACOS_IDENTITY} names a certificate in a keychain, which only macOS' codesign can use. "
            f"Here, set {MACOS_CERTIFICATE_FILE} and {MACOS_PASSWORD_FILE}."
        )
    for group in NOTARISING:
        missing = [name for name in group if not key(name)]
        if missing and any(key(name) for name in group if name != MACOS_TEAM):
            yield f"For notarising, these are missing: {', '.join(missing)}. Set them, or none of {', '.join(group)}."


def _windows_faults() -> Iterator[str]:
    try:
        command = windows_command()
    except ValueError:
        command = []
    if command is not None and (len(command) < 2 or WINDOWS_FILE not in command[1:]):
        yield (
            f"{WINDOWS_COMMAND} must be a program and its arguments, with {WINDOWS_FILE} as one of them, where the file's name belongs, "
            f"and {WINDOWS_SIGNED_FILE} where the signed file's does if the program does not sign in place."
        )


def notices(target: str) -> Iterator[str]:
    """What is off, a sentence each. sign.py reports on the runtime's files."""
    if "apple" in target:
        if not key(MACOS_IDENTITY):
            yield f"The app will not be signed: {MACOS_IDENTITY} is not set."
        if not any(all(map(key, group)) for group in NOTARISING):
            yield f"The app will not be notarised: set {', '.join(NOTARISING[0])}, or {', '.join(NOTARISING[1])}."
    elif "windows" in target:
        if not key(WINDOWS_COMMAND) and not key(WINDOWS_CERTIFICATE_FILE):
            yield f"App and installer will not be signed: {WINDOWS_COMMAND} is not set, nor is {WINDOWS_CERTIFICATE_FILE}."
    else:
        for bundle, variable in LINUX.items():
            if not key(variable):
                yield f"The {bundle} will not be signed: {variable} is not set."
