"""The version of an interpreter is read from its files on every target."""

import json
from pathlib import Path

import pytest

from runtime.errors import LayoutError, WrongVersionError
from runtime.fetch.archive import ArchiveRequest
from runtime.fetch.version import python_version
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, StagingProject, build_details, write_archive
from runtime.tests.native_files import pe, version_resource

DETAILS = "lib/python3.14/build-details.json"


def python_of(tmp_path: Path, name: str, content: bytes) -> Path:
    """A folder `python/` with one file."""
    (tmp_path / "python" / name).parent.mkdir(parents=True)
    (tmp_path / "python" / name).write_bytes(content)
    return tmp_path / "python"


@pytest.mark.parametrize("version", ["3.14.9", "3.15.0", "3.14.10"])
def test_version_from_build_details_and_from_windows_library(tmp_path: Path, version: str) -> None:
    unix = python_of(tmp_path / "unix", DETAILS, build_details(version).encode())
    windows = python_of(tmp_path / "windows", "python314.dll", pe(program=False) + version_resource(version))
    assert (python_version(unix), python_version(windows)) == (version, version)


def test_prerelease_differs_from_the_release(tmp_path: Path) -> None:
    details = json.loads(build_details("3.15.0"))
    details["implementation"]["version"] |= {"releaselevel": "candidate", "serial": 2}
    assert python_version(python_of(tmp_path / "unix", DETAILS, json.dumps(details).encode())) == "3.15.0rc2"
    library = version_resource("3.15.0", level=12, serial=2)
    assert python_version(python_of(tmp_path / "windows", "python315.dll", library)) == "3.15.0rc2"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (DETAILS, b"{}"),
        (DETAILS, b"["),
        ("python314.dll", b"MZ"),
        ("python3.dll", b"MZ"),
        ("lib/python3.12/os.py", b""),
    ],
)
def test_tree_without_a_readable_version_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(LayoutError, match="version"):
        python_version(python_of(tmp_path, name, content))


@pytest.mark.parametrize("target", [None, "x86_64-apple-darwin"])
def test_archive_with_another_version_than_pinned_is_refused(
    staging_project: StagingProject, target: str | None
) -> None:
    files = FAKE_FILES | {f"python/{DETAILS}": build_details("3.14.1")}
    write_archive(staging_project.archive, files, FAKE_LINKS)
    staging_project.pin("http://127.0.0.1:9/{target}")
    staging_project.project.trees.mkdir(parents=True)
    with pytest.raises(WrongVersionError, match=r"CPython 3\.14\.1, but .* pins 3\.14\.\d+.*bump-pins"):
        staging_project.staging(ArchiveRequest(archive=staging_project.archive), target=target).run()
    assert not any(staging_project.project.trees.iterdir())
