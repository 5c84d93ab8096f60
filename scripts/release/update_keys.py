"""Keys of self-updates from the environment: public key, endpoint and private key. Updates require all three."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PUBKEY = "UPDATER_PUBKEY"
"""The public key of `tauri signer generate`: content or path of the file."""

ENDPOINT = "UPDATER_ENDPOINT"
"""https address of the update manifest. May contain the updater's {{variables}}."""

PRIVATE_KEY = "TAURI_SIGNING_PRIVATE_KEY"
"""The bundler signs with it. This module only checks that it is set."""


class UpdateKeysError(Exception):
    """The configuration of updates is incomplete or invalid."""


def updater_config(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """Additions to the bundler's configuration; None for a build without updates. Raises UpdateKeysError."""
    missing = [name for name in (PUBKEY, ENDPOINT, PRIVATE_KEY) if not environment.get(name)]
    if len(missing) == 3:
        return None
    if missing:
        raise UpdateKeysError(
            f"the configuration of updates is incomplete: {' and '.join(missing)} not set. Set all of {PUBKEY}, {ENDPOINT} and "
            f"{PRIVATE_KEY} (docs/updates.md), or none of them for a build without updates."
        )
    address = urlsplit(environment[ENDPOINT])
    if address.scheme != "https" or not address.hostname:
        raise UpdateKeysError(f"{ENDPOINT} is {environment[ENDPOINT]!r}, which is not an https address.")
    updater = {
        "pubkey": _public_key(environment[PUBKEY]),
        "endpoints": [environment[ENDPOINT]],
        # Otherwise an attacker with the server could offer an old release with a new version number.
        "requireSignedVersion": True,
    }
    return {"bundle": {"createUpdaterArtifacts": True}, "plugins": {"updater": updater}}


def _public_key(value: str) -> str:
    """The key in the updater's format: minisign's two lines, encoded as one line of base64."""
    try:
        path = Path(value)
        key = (path.read_text(encoding="utf-8") if path.is_file() else value).strip()
        comment, _, minisign = base64.b64decode(key, validate=True).decode().strip().partition("\n")
        raw = base64.b64decode(minisign, validate=True)
    except (OSError, ValueError, binascii.Error):
        comment, raw = "", b""
    # 2 bytes for the algorithm, 8 for the key id, 32 for the Ed25519 key.
    if not (comment.startswith("untrusted comment:") and raw[:2] == b"Ed" and len(raw) == 42):
        raise UpdateKeysError(
            f"{PUBKEY} is not a public key of the updater. Set it to content or path of the .pub file of `tauri signer generate`."
        )
    return key
