"""requirements.lock can be installed from wheels on every target."""

from pathlib import Path

import pytest

from runtime.build.install import install_lock
from runtime.build.uv import locked_requirement
from runtime.errors import InputMissingError, StepFailedError
from runtime.fetch.pins import load_pins
from runtime.project import Project
from runtime.targets import TARGETS
from runtime.tests.conftest import REPO

PROJECT = Project.at(REPO)
MINOR = load_pins(PROJECT.pins_file).for_target(TARGETS[0]).minor


@pytest.mark.parametrize("target", TARGETS)
def test_locked_packages_have_a_wheel(target: str, tmp_path: Path) -> None:
    install_lock(PROJECT, PROJECT.lock_file, tmp_path, target, MINOR, dry_run=True)


def test_pip_no_index_setting_is_passed_to_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nno-index = yes\nfind-links = {tmp_path}\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    lock = tmp_path / "requirements.lock"
    lock.write_text(locked_requirement(PROJECT.lock_file, "h11"), encoding="utf-8")
    with pytest.raises(StepFailedError, match="h11 was not found in the provided package locations"):
        install_lock(PROJECT, lock, tmp_path / "into", TARGETS[0], MINOR, dry_run=True)


def test_wrong_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"h11==0.16.0 \\\n    --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(StepFailedError, match="Hash mismatch"):
        install_lock(PROJECT, lock, tmp_path / "out", TARGETS[0], MINOR)


def test_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("h11==0.16.0\n", encoding="utf-8")
    with pytest.raises(StepFailedError, match="all requirements must have a hash"):
        install_lock(PROJECT, lock, tmp_path / "out", TARGETS[0], MINOR)


def test_uv_is_pinned_with_hashes(tmp_path: Path) -> None:
    block = locked_requirement(PROJECT.dev_lock_file, "uv").splitlines()
    assert block[0].startswith("uv==")
    assert all("--hash=sha256:" in line for line in block[1:])
    with pytest.raises(InputMissingError, match="make lock"):
        locked_requirement(PROJECT.dev_lock_file, "no-such-package")
    with pytest.raises(InputMissingError, match="make lock"):
        locked_requirement(tmp_path / "nothing.lock", "uv")
