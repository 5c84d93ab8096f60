"""Diagnostics for error reports."""

import json
import sys
from pathlib import Path

import pytest

from backend_host.diagnostics import STAMP_FILE, runtime_origin


@pytest.mark.parametrize(
    ("stamp", "origin"),
    [
        (json.dumps({"provenance": "Go module"}), "Go module"),
        (json.dumps({}), "system"),
        ("{", "system"),
        (None, "system"),
    ],
)
def test_runtime_origin_is_read_from_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stamp: str | None, origin: str
) -> None:
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "python"))
    if stamp is not None:
        (tmp_path / STAMP_FILE).write_text(stamp)
    assert runtime_origin() == origin
