"""Update keys from the environment: public key, endpoint and private key. Updates require all three."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PUBKEY = "UPDATER_PUBKEY"
"""The public key that `tauri signer generate` made: the file's content, or its path."""

ENDPOINT = "UPDATER_ENDPOINT"
"""Where the installed app asks for the newest version: an https address, with the updater's {{variables}} if wanted."""

PRIVATE_KEY = "TAURI_SIGNING_PRIVATE_KEY"
"""Read by the bundler itself, which signs with it. Here it only has to be there."""


class UpdateKeysError(Exception):
    """Updates are half configured. The message says what is missing or wrong."""


def updater_config(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """What the bundler's configuration gets for updates, or None for a build without. Raises UpdateKeysError."""
    missing = [name for name in (PUBKEY, ENDPOINT, PRIVATE_KEY) if not environment.get(name)]
    if len(missing) == 3:
        return None
    if missing:
        raise UpdateKeysError(
            f"updates are half configured: {' and '.join(missing)} not set. Set all of {PUBKEY}, {ENDPOINT} and "
            f"{PRIVATE_KEY} (docs/updates.md), or none of them for a build without updates."
        )
    address = urlsplit(environment[ENDPOINT])
    if address.scheme != "https" or not address.hostname:
        raise UpdateKeysError(
            f"{ENDPOINT} is {environment[ENDPOINT]!r}, which is no https address. Nothing else is safe."
        )
    updater = {
        "pubkey": _public_key(environment[PUBKEY]),
        "endpoints": [environment[ENDPOINT]],
        # Otherwise an untrusted_server of the endpoint could offer an old release under a new number.
        "requireSignedVersion": True,
    }
    return {"bundle": {"createUpdaterArtifacts": True}, "plugins": {"updater": updater}}


def _public_key(given: str) -> str:
    """The key itself, as the updater takes it: one line of base64 around minisign's two lines."""
    try:
        path = Path(given)
        key = (path.read_text(encoding="utf-8") if path.is_file() else given).strip()
        comment, _, minisign = base64.b64decode(key, validate=True).decode().strip().partition("\n")
        raw = base64.b64decode(minisign, validate=True)
    except (OSError, ValueError, binascii.Error):
        comment, raw = "", b""
    # Two bytes name the algorithm, eight the key, the rest is Ed25519's.
    if not (comment.startswith("untrusted comment:") and raw[:2] == b"Ed" and len(raw) == 42):
        raise UpdateKeysError(
            f"{PUBKEY} holds no public key of the updater. Give the .pub file that `tauri signer generate` wrote, or its path."
        )
    return key
