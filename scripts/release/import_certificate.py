"""Import the signing certificate from environment variables in a workflow. Without them it only prints a note.

macOS: APPLE_CERTIFICATE (base64 of a .p12) and APPLE_CERTIFICATE_PASSWORD go into a keychain of this run alone;
APPLE_API_KEY_CONTENT (a .p8) into a file, whose path the next steps find in APPLE_API_KEY_PATH.
Windows: WINDOWS_CERTIFICATE (base64 of a .pfx) and WINDOWS_CERTIFICATE_PASSWORD go into the user's store.
Linux: either goes into two files, which the next steps find in APPLE_CERTIFICATE_FILE and APPLE_CERTIFICATE_PASSWORD_FILE, or in WINDOWS_….
"""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment


def written(folder: Path, name: str, content: bytes) -> Path:
    """Write a file with mode 0600."""
    path = folder / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    return path


def into_keychain(certificate: Path, password: str, folder: Path) -> None:
    """Import into a new keychain that codesign may use without a prompt."""
    keychain, unlock = str(folder / "signing.keychain-db"), secrets.token_urlsafe(32)
    for command in (
        ["create-keychain", "-p", unlock, keychain],
        ["set-keychain-settings", "-lut", "21600", keychain],
        ["unlock-keychain", "-p", unlock, keychain],
        ["import", str(certificate), "-P", password, "-f", "pkcs12", "-T", "/usr/bin/codesign", "-k", keychain],
        ["set-key-partition-list", "-S", "apple-tool:,apple:,codesign:", "-s", "-k", unlock, keychain],
        ["list-keychains", "-d", "user", "-s", keychain, "login.keychain-db"],
    ):
        # The command is not shown on failure, because it contains a password.
        if subprocess.run(["security", *command], stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(f"`security {command[0]}` failed. Check the certificate and its password.")


def into_store(certificate: Path, password: str) -> None:
    if subprocess.run(["certutil", "-f", "-user", "-p", password, "-importpfx", certificate], check=False).returncode:
        sys.exit("`certutil -importpfx` failed. Check the certificate and its password.")


def into_files(owner: str, certificate: bytes, password: str, folder: Path) -> None:
    """Write files for rcodesign and osslsigncode."""
    files = {
        f"{owner}_CERTIFICATE_FILE": written(folder, f"{owner.lower()}-certificate.p12", certificate),
        f"{owner}_CERTIFICATE_PASSWORD_FILE": written(folder, f"{owner.lower()}-password", password.encode()),
    }
    for variable, path in files.items():
        for_next_steps(variable, path)


def for_next_steps(variable: str, path: Path) -> None:
    """Set an environment variable for the following workflow steps."""
    with open(os.environ["GITHUB_ENV"], "a", encoding="utf-8") as variables:
        variables.write(f"{variable}={path}\n")


def main(system: str = sys.platform) -> None:
    """Import the certificates of this system. Exits with a message on failure."""
    folder = Path(os.environ.get("RUNNER_TEMP") or ".").absolute()
    owners = {"darwin": ("APPLE",), "win32": ("WINDOWS",)}.get(system, ("APPLE", "WINDOWS"))
    given = [owner for owner in owners if os.environ.get(f"{owner}_CERTIFICATE")]
    for owner in given:
        content = base64.b64decode(os.environ[f"{owner}_CERTIFICATE"])
        password = os.environ.get(f"{owner}_CERTIFICATE_PASSWORD", "")
        if system not in ("darwin", "win32"):
            into_files(owner, content, password, folder)
            continue
        certificate = written(folder, "certificate.p12", content)
        try:
            into_keychain(certificate, password, folder) if system == "darwin" else into_store(certificate, password)
        finally:
            certificate.unlink()
    print("Certificate imported." if given else "No certificate is set for this system.")
    if system == "darwin" and (key := os.environ.get("APPLE_API_KEY_CONTENT")):
        for_next_steps("APPLE_API_KEY_PATH", written(folder, "notarising.p8", key.encode()))


if __name__ == "__main__":
    apply_tool_environment()
    main()
