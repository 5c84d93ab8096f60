"""Self-signed certificates, created by rcodesign and openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.release.signers import rcodesign

TEAM = "TESTTEAM01"
PASSWORD = "for these tests only"


@dataclass(frozen=True)
class Identity:
    """A certificate with its key (PKCS #12), the file with its password, and the certificate without key."""

    p12: Path
    password_file: Path
    certificate: Path


def apple_identity(folder: Path) -> Identity:
    """A self-signed certificate with the fields of an Apple Developer ID Application certificate."""
    program = rcodesign()
    assert program, "`make test-signing` installs rcodesign"
    named = ["--profile", "developer-id-application", "--person-name", "A Test", "--team-id", TEAM]
    files = ["--p12-file", f"{folder}/apple.p12", "--p12-password", PASSWORD, "--pem-filename", f"{folder}/apple"]
    subprocess.run([program, "generate-self-signed-certificate", *named, *files], check=True)
    return Identity(folder / "apple.p12", _password(folder), folder / "apple.crt")


def windows_identity(folder: Path) -> Identity:
    """A code-signing certificate for Authenticode."""
    key, certificate, p12, password = (
        (folder / "key.pem"),
        folder / "windows.crt",
        folder / "windows.p12",
        _password(folder),
    )
    usage = ["-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=codeSigning"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=A Test", "-days", "2", *usage]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    export = ["openssl", "pkcs12", "-export", "-passout", f"file:{password}"]
    subprocess.run([*export, "-inkey", key, "-in", certificate, "-out", p12], check=True)
    return Identity(p12, password, certificate)


def _password(folder: Path) -> Path:
    path = folder / "password"
    path.write_text(PASSWORD, encoding="utf-8")
    return path
