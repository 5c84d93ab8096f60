"""Exports the harness fixtures and rejects duplicate node ids, of which pytest-xdist would run only one."""

from collections import Counter

import pytest

from harness.app import ROOT
from harness.fixtures import (
    backend,
    backend_with_auth,
    browser,
    data_home,
    desktop,
    display,
    driver_url,
    host_python,
    open_app,
    page,
    shared_window,
    shell,
    staged_tree,
)

__all__ = [
    "backend",
    "backend_with_auth",
    "browser",
    "data_home",
    "desktop",
    "display",
    "driver_url",
    "host_python",
    "open_app",
    "page",
    "shared_window",
    "shell",
    "staged_tree",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raise UsageError if two tests have the same node id: pytest-xdist would run only one of them."""
    ids = Counter(
        item.nodeid
        for item in items
        if item.path.is_relative_to(ROOT / "e2e") or item.path.is_relative_to(ROOT / "scripts" / "tests" / "hot_patch")
    )
    duplicates = [name for name, number in ids.items() if number > 1]
    if duplicates:
        raise pytest.UsageError(f"several tests have the same node id: {', '.join(duplicates)}")
