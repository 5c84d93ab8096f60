"""Parses SHA256SUMS files, uv's metadata JSON and pbs-installer wheels."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from runtime.errors import PinsError

_SUM = re.compile(r"([0-9a-fA-F]{64}) [ *](\S+)")


def _checksums_in_json(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (file name, SHA-256) of every nested JSON object with `url` and `sha256`."""
    if isinstance(value, dict):
        url, digest = value.get("url"), value.get("sha256")
        if isinstance(url, str) and isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest):
            yield unquote(urlsplit(url).path.rsplit("/", 1)[-1]), digest
        for inner in value.values():
            yield from _checksums_in_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _checksums_in_json(inner)


def read_checksums(content: bytes, what: str) -> dict[str, str]:
    """SHA-256 by file name, from SHA256SUMS, JSON with `url` and `sha256` (uv's table), or a wheel that contains such JSON.

    Raises PinsError for any other format, or if one file has two digests.
    """
    found: dict[str, str] = {}
    for name, digest in _pairs(content):
        if found.setdefault(name, digest) != digest:
            raise PinsError(f"{what} has two sha256 for {name}. Use another source.")
    if not found:
        raise PinsError(
            f"{what} lists no archives. Supported formats: SHA256SUMS, JSON with url and sha256, and a wheel with such JSON."
        )
    return found


def _pairs(content: bytes) -> list[tuple[str, str]]:
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            json_files = [name for name in wheel.namelist() if name.endswith(".json") and ".dist-info/" not in name]
            return [pair for name in json_files for pair in _pairs(wheel.read(name))]
    text = content.decode("utf-8", errors="replace")
    try:
        return list(_checksums_in_json(json.loads(text)))
    except ValueError:
        return [(match[2], match[1].lower()) for match in map(_SUM.fullmatch, text.splitlines()) if match]
