"""pins.json: every target is pinned; malformed files are refused."""

import json
from pathlib import Path

import pytest

from runtime.errors import PinsError, UnsupportedTargetError
from runtime.fetch.pins import load_pins, minor_of
from runtime.targets import TARGETS
from runtime.tests.conftest import REPO

PINS = REPO / "runtime" / "pins.json"


def test_every_target_is_pinned_to_one_release() -> None:
    pins = load_pins(PINS)
    assert sorted(pins.sha256) == sorted(TARGETS)
    assert len(set(pins.sha256.values())) == len(TARGETS)
    for target in TARGETS:
        pin = pins.for_target(target)
        assert pin.file_name == f"cpython-{pins.python}+{pins.release}-{target}-install_only_stripped.tar.gz"
        assert f"/{pins.release}/" in pin.url


def test_go_module_has_the_minor_version_of_the_pin() -> None:
    pins = load_pins(PINS)
    assert minor_of(pins.go_module.python) == pins.for_target(TARGETS[0]).minor


def test_unknown_target_is_named() -> None:
    with pytest.raises(UnsupportedTargetError, match="riscv64"):
        load_pins(PINS).for_target("riscv64-unknown-linux-gnu")


@pytest.mark.parametrize(
    "change",
    [
        {"python": None, "extra": 1},
        {"sha256": {"x": "short"}},
        {"go_module": None},
        {"go_module": {"module": "m", "version": "v1.0.0", "sum": "h1:" + "A" * 43 + "="}},
        {"go_module": {"module": "m", "version": "v0.0.0-3.14.6-20260610-1", "sum": "h1:short"}},
    ],
)
def test_malformed_pins_are_refused(change: dict[str, object], tmp_path: Path) -> None:
    malformed = tmp_path / "pins.json"
    malformed.write_text(json.dumps(json.loads(PINS.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(PinsError, match=r"pins\.json"):
        load_pins(malformed)
