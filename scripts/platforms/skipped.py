"""The tests that Wine cannot run: skipped_under_wine.toml."""

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("skipped_under_wine.toml")


def skipped(suite: str) -> dict[str, str]:
    """Names of a suite's tests with the reason why each is left out."""
    reasons: dict[str, str] = tomllib.loads(LIST.read_text(encoding="utf-8"))[suite]
    return reasons
