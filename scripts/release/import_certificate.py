"""Import the signing certificate from environment variables in a workflow. Without them it prints a note.

macOS: APPLE_CERTIFICATE (base64 of a .p12) and APPLE_CERTIFICATE_PASSWORD go into a keychain of this run;
APPLE_API_KEY_CONTENT (a .p8) goes into a file, whose path is exported to the next steps in APPLE_API_KEY_PATH.
Windows: WINDOWS_CERTIFICATE (base64 of a .pfx) and WINDOWS_CERTIFICATE_PASSWORD go into the user's store.
Linux: certificate and password go into files, whose paths are exported in APPLE_CERTIFICATE_FILE and APPLE_CERTIFICATE_PASSWORD_FILE, or in WINDOWS_….
"""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment


def write_private_file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file with mode 0600."""
    path = folder / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    return path


def import_into_keychain(certificate: Path, password: str, folder: Path) -> None:
    """Import into a new keychain that codesign may use without a prompt."""
    keychain, keychain_password = str(folder / "signing.keychain-db"), secrets.token_urlsafe(32)
    for command in (
        ["create-keychain", "-p", keychain_password, keychain],
        ["set-keychain-settings", "-lut", "21600", keychain],
        ["unlock-keychain", "-p", keychain_password, keychain],
        ["import", str(certificate), "-P", password, "-f", "pkcs12", "-T", "/usr/bin/codesign", "-k", keychain],
        ["set-key-partition-list", "-S", "apple-tool:,apple:,codesign:", "-s", "-k", keychain_password, keychain],
        ["list-keychains", "-d", "user", "-s", keychain, "login.keychain-db"],
    ):
        # The command is not shown on failure, because it contains a password.
        if subprocess.run(["security", *command], stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(f"`security {command[0]}` failed. Check the certificate and its password.")


def import_into_store(certificate: Path, password: str) -> None:
    if subprocess.run(["certutil", "-f", "-user", "-p", password, "-importpfx", certificate], check=False).returncode:
        sys.exit("`certutil -importpfx` failed. Check the certificate and its password.")


def write_files(owner: str, certificate: bytes, password: str, folder: Path) -> None:
    """Write files for rcodesign and osslsigncode."""
    files = {
        f"{owner}_CERTIFICATE_FILE": write_private_file(folder, f"{owner.lower()}-certificate.p12", certificate),
        f"{owner}_CERTIFICATE_PASSWORD_FILE": write_private_file(
            folder, f"{owner.lower()}-password", password.encode()
        ),
    }
    for variable, path in files.items():
        export_variable(variable, path)


def export_variable(variable: str, path: Path) -> None:
    """Set an environment variable for the following workflow steps."""
    with open(os.environ["GITHUB_ENV"], "a", encoding="utf-8") as variables:
        variables.write(f"{variable}={path}\n")


def main(system: str = sys.platform) -> None:
    """Import the certificates for this system. Exits with a message on failure."""
    folder = Path(os.environ.get("RUNNER_TEMP") or ".").absolute()
    owners = {"darwin": ("APPLE",), "win32": ("WINDOWS",)}.get(system, ("APPLE", "WINDOWS"))
    configured = [owner for owner in owners if os.environ.get(f"{owner}_CERTIFICATE")]
    for owner in configured:
        content = base64.b64decode(os.environ[f"{owner}_CERTIFICATE"])
        password = os.environ.get(f"{owner}_CERTIFICATE_PASSWORD", "")
        if system not in ("darwin", "win32"):
            write_files(owner, content, password, folder)
            continue
        certificate = write_private_file(folder, "certificate.p12", content)
        try:
            if system == "darwin":
                import_into_keychain(certificate, password, folder)
            else:
                import_into_store(certificate, password)
        finally:
            certificate.unlink()
    print("Certificate imported." if configured else "No certificate is set for this system.")
    if system == "darwin" and (key := os.environ.get("APPLE_API_KEY_CONTENT")):
        export_variable("APPLE_API_KEY_PATH", write_private_file(folder, "notarization.p8", key.encode()))


if __name__ == "__main__":
    apply_tool_environment()
    main()
