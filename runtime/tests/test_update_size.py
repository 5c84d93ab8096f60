"""Download sizes of updates between small trees."""

import random
import shutil
import sys
from pathlib import Path

import pytest

from runtime.errors import TreeDamagedError
from runtime.integrity.manifest import MANIFEST_NAME, STAMP_NAME, hash_tree, write_manifest
from scripts.release.update_size import Delta, compare_trees, compressed_sizes, main

NOISE = random.Random(1).randbytes(400_000)  # noqa: S311
"""Does not compress."""

OLD = {"python/bin/python3": NOISE, "app_src/app/main.py": b"answer = 41\n", "site-packages/gone.py": b"12345"}


def tree(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / STAMP_NAME).write_text(write_manifest(folder, hash_tree(folder)), encoding="utf-8")
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tree(tmp_path / "old", OLD)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A changed line, a removed file, an added file, and a changed byte of the interpreter."""
    changed = {"app_src/app/main.py": b"answer = 42\n", "python/bin/python3": b"x" + NOISE[1:], "added.py": b"123"}
    return tree(tmp_path / "new", changed)


def test_manifests_determine_changed_files(old: Path, new: Path) -> None:
    changed = ["app_src/app/main.py", MANIFEST_NAME, "python/bin/python3", STAMP_NAME]
    assert compare_trees(old, new) == Delta(sorted(changed), ["added.py"], ["site-packages/gone.py"])
    assert compare_trees(old, old) == Delta([], [], [])


def test_binary_patch_reduces_the_update_of_a_large_file(old: Path, new: Path, tmp_path: Path) -> None:
    sizes = compressed_sizes(old, new, compare_trees(old, new), 19)
    assert sizes.patch < 5_000 < len(NOISE) < sizes.files <= sizes.full
    small = tree(tmp_path / "small", OLD | {"app_src/app/main.py": b"answer = 42\n"})
    sizes = compressed_sizes(old, small, compare_trees(old, small), 19)
    assert sizes.files < 2_000 < len(NOISE) < sizes.full


def test_update_size_counts_files_and_bytes(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["update_size", str(old), str(new), "--level", "1"])
    assert main() == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:3] == ["changed", "4", "files"]
    assert lines[1] == ["added", "1", "files", "3", "bytes"]
    assert lines[2] == ["removed", "1", "files", "5", "bytes"]


def test_missing_tree_and_missing_zstd_are_reported(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TreeDamagedError, match=r"no manifest\.sha256"):
        compare_trees(old, tmp_path / "nowhere")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["update_size", str(old), str(old)])
    assert main() == 1
    assert capsys.readouterr().err == "error: zstd is not installed. Install it, then try again.\n"
