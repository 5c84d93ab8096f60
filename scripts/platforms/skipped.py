"""Reads skipped_under_wine.toml, the tests that Wine does not support."""

import tomllib
from pathlib import Path

SKIP_FILE = Path(__file__).with_name("skipped_under_wine.toml")


def skip_reasons(suite: str) -> dict[str, str]:
    """Reasons for skipping tests of a suite, by test name."""
    reasons: dict[str, str] = tomllib.loads(SKIP_FILE.read_text(encoding="utf-8"))[suite]
    return reasons
