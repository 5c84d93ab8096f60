"""config.json in the data dir: read, changed, and set aside when it is broken."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend_host.data.files import read_private, write_private

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BrokenConfig:
    """A config.json that could not be used as it was."""

    reason: str
    path: Path | None
    """Where it lies now; None when it could not even be moved."""


def read(path: Path) -> tuple[dict[str, Any], str | None]:
    """The preferences, keys upper-cased, and what is wrong with the file as a whole (then there are none)."""
    try:
        content = json.loads(read_private(path).decode("utf-8-sig"))  # Windows' editors write a byte order mark
    except FileNotFoundError, NotADirectoryError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"it can't be read: {error}"
    if not isinstance(content, dict):
        return {}, 'it must hold one JSON object, such as {"LOG_LEVEL": "debug"}'
    return {key.upper(): value for key, value in content.items()}, None


def move_broken(path: Path, reason: str, valid: Mapping[str, Any]) -> BrokenConfig:
    """Move a broken file to `config.json.broken-<time>` beside it, and keep of it only what is `valid`."""
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        os.replace(path, aside)
        if valid:
            write(path, valid)
    except OSError as error:
        logger.error("The broken %s can't be set aside: %s", path, error)
    return BrokenConfig(reason, aside if aside.exists() else None)


def write(path: Path, preferences: Mapping[str, Any]) -> None:
    """Store all preferences, whole or not at all. Raises OSError."""
    write_private(path, json.dumps(preferences, indent=2) + "\n")
