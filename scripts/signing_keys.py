"""The keys that installers are signed with: in which variables they come, what is half set, and what is off without them.

A variable that is set but empty counts as not set: so a workflow passes a secret that it lacks.
"""

import os
import shlex
from collections.abc import Iterator
from typing import Any

MACOS_IDENTITY = "APPLE_SIGNING_IDENTITY"
MACOS_CERTIFICATE = "APPLE_CERTIFICATE"
WINDOWS_COMMAND = "WINDOWS_SIGN_COMMAND"
WINDOWS_FILE = "%1"
"""The word of the command that stands for the file."""

NOTARISING = (
    ("APPLE_API_KEY", "APPLE_API_ISSUER", "APPLE_API_KEY_PATH"),
    ("APPLE_ID", "APPLE_PASSWORD", "APPLE_TEAM_ID"),
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
    WINDOWS_COMMAND,
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


def windows_command() -> list[str] | None:
    """The words of WINDOWS_SIGN_COMMAND; None if it is not set. Quotes group words, and backslashes are just that."""
    if not (template := key(WINDOWS_COMMAND)):
        return None
    lexer = shlex.shlex(template, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    return list(lexer)


def bundle_settings(target: str) -> dict[str, Any]:
    """What the keys add to `bundle` of the bundler's configuration; Apple's it reads from the environment."""
    if "windows" in target and (command := windows_command()):
        return {"windows": {"signCommand": {"cmd": command[0], "args": command[1:]}}}
    return {}


def faults(target: str) -> Iterator[str]:
    """Keys that are half set, a sentence each: better heard of before the build than after it."""
    if "apple" in target:
        if key(MACOS_CERTIFICATE) and not key(MACOS_IDENTITY):
            yield (
                f"{MACOS_CERTIFICATE} is set, but not {MACOS_IDENTITY}: the app would be signed, the interpreter in it not. "
                f"Import the certificate into a keychain and name it in {MACOS_IDENTITY}."
            )
        for group in NOTARISING:
            missing = [name for name in group if not key(name)]
            if 0 < len(missing) < len(group):
                yield f"For notarising, these are missing: {', '.join(missing)}. Set them, or none of {', '.join(group)}."
    if "windows" in target:
        try:
            command = windows_command()
        except ValueError:
            command = []
        if command is not None and (len(command) < 2 or WINDOWS_FILE not in command[1:]):
            yield (
                f"{WINDOWS_COMMAND} must be a program and its arguments, with {WINDOWS_FILE} as one of them, "
                "where the file's name belongs."
            )


def notices(target: str) -> Iterator[str]:
    """What is off, a sentence each. sign.py tells of the runtime's own files."""
    if "apple" in target:
        if not key(MACOS_IDENTITY):
            yield f"The app will not be signed: {MACOS_IDENTITY} is not set."
        if not any(all(map(key, group)) for group in NOTARISING):
            yield f"The app will not be notarised: set {', '.join(NOTARISING[0])}, or {', '.join(NOTARISING[1])}."
    elif "windows" in target:
        if not key(WINDOWS_COMMAND):
            yield f"App and installer will not be signed: {WINDOWS_COMMAND} is not set."
    else:
        for bundle, variable in LINUX.items():
            if not key(variable):
                yield f"The {bundle} will not be signed: {variable} is not set."
