"""The same pins, lock and source give the same tree, independent of folder and time."""

import dataclasses
import io
import json
import os
from pathlib import Path

import pytest

from runtime.build.stage import Staging
from runtime.errors import TreeDamagedError
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.host import environment
from runtime.host.progress import Progress
from runtime.integrity.manifest import read_manifest
from runtime.integrity.stamp import read_stamp
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import REPO, StagingProject

PROJECT = Project.at(REPO)
TREE = PROJECT.tree(host_target())


def staged_in(build_dir: Path) -> Path:
    """Stage a new tree for the host.

    The tree in build/ may differ: a refresh replaces only app_src, so the bytecode pack keeps the import order of the earlier app.
    """
    build_dir.mkdir(parents=True)
    (build_dir / "tools").symlink_to(PROJECT.build_dir / "tools")
    project = dataclasses.replace(PROJECT, build_dir=build_dir)
    host_stamp = read_stamp(TREE)
    assert host_stamp is not None
    request = ArchiveRequest(source=None if host_stamp.shippable else Source.GO_MODULE)
    Staging(project, host_target(), request, environment.cache_dir(os.environ), Progress(io.StringIO())).run()
    return project.tree(host_target())


@pytest.mark.timeout(900)  # stages two trees
def test_staging_in_two_folders_is_byte_identical(tmp_path: Path) -> None:
    first_tree, second_tree = (staged_in(tmp_path / name / "build") for name in ("one", "another place"))
    first, second = read_manifest(first_tree), read_manifest(second_tree)
    assert {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)} == set()
    assert read_stamp(first_tree) == read_stamp(second_tree)
    assert len(first) > 2000


def test_digest_covers_contents_and_names(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    digests = {stamp.manifest_sha256 for stamp in [read_stamp(staging_project.tree)] if stamp}
    for name, content in {"main.py": "answer = 43\n", "renamed.py": "answer = 42\n"}.items():
        (staging_project.app / name).write_text(content, encoding="utf-8")
        staging_project.staging().run()
        digests |= {stamp.manifest_sha256 for stamp in [read_stamp(staging_project.tree)] if stamp}
    assert len(digests) == 3


@pytest.mark.parametrize(
    "name", ["python/lib/python3.14/LICENSE.txt", "site-packages/dist/__init__.py", "app_src/app/main.py"]
)
def test_verify_detects_flipped_bit_extra_and_missing_file(staging_project: StagingProject, name: str) -> None:
    staging_project.staging().run()
    path = staging_project.tree / name
    content, stat = path.read_bytes(), path.stat()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(TreeDamagedError, match=f"; damaged: {name}\\. "):
        verify(staging_project.tree)
    path.rename(path.with_name("moved"))
    with pytest.raises(
        TreeDamagedError, match=f"missing: {name}; extra: {path.parent.relative_to(staging_project.tree)}/moved"
    ):
        verify(staging_project.tree)
    path.with_name("moved").unlink()
    path.write_bytes(content)
    verify(staging_project.tree)


def test_altered_stamp_does_not_hide_an_altered_tree(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    stamp = json.loads((staging_project.tree / "stamp.json").read_text(encoding="utf-8"))
    (staging_project.tree / "stamp.json").write_text(
        json.dumps(stamp | {"manifest_sha256": "0" * 64}), encoding="utf-8"
    )
    with pytest.raises(TreeDamagedError, match=r"does not match the digest in stamp\.json"):
        verify(staging_project.tree)
