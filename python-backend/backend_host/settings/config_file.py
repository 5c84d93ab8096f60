"""Reads and writes config.json in the data dir, and moves an invalid config.json to another name."""

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
class InvalidConfig:
    """An invalid config.json."""

    reason: str
    moved_to: Path | None
    """Path to which the file was moved; None if moving it failed."""


def read(path: Path) -> tuple[dict[str, Any], str | None]:
    """Return the preferences with upper-case keys, and why the file can't be used; None if it can."""
    try:
        content = json.loads(read_private(path).decode("utf-8-sig"))  # editors on Windows write a byte order mark
    except FileNotFoundError, NotADirectoryError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"it can't be read: {error}"
    if not isinstance(content, dict):
        return {}, 'it must contain one JSON object, such as {"LOG_LEVEL": "debug"}'
    return {key.upper(): value for key, value in content.items()}, None


def move_invalid(path: Path, reason: str, valid: Mapping[str, Any]) -> InvalidConfig:
    """Move an invalid file to `config.json.broken-<time>`, and write the `valid` preferences to a new one."""
    moved_to = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        os.replace(path, moved_to)
        if valid:
            write(path, valid)
    except OSError as error:
        logger.error("Moving the invalid %s or writing its valid settings to a new file failed: %s", path, error)
    return InvalidConfig(reason, moved_to if moved_to.exists() else None)


def write(path: Path, preferences: Mapping[str, Any]) -> None:
    """Replace all preferences atomically. Raises OSError."""
    write_private(path, json.dumps(preferences, indent=2) + "\n")
