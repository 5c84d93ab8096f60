"""Staging refuses file names that are invalid on any target's file system."""

import pytest

from runtime.errors import LayoutError
from runtime.integrity.portable_names import MAX_PATH_LENGTH, check_names, longest
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import TARGETS, host_target
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, REPO, StagingProject, write_archive

WINDOWS_MAX_PATH = 260
"""MAX_PATH, including the terminating NUL."""


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["a/b.py", "a/B.py"], "a/b.py and a/B.py differ only by case"),
        (["Pkg/one.py", "pkg/two.py"], "pkg and Pkg differ only by case"),
        (["stra\u00dfe", "STRASSE"], "differ only by case"),
        (["caf\u00e9", "cafe\u0301"], "or Unicode normalization"),
        (["a/" + "b" * MAX_PATH_LENGTH], "more than 160"),
        (["a/con.py"], "'con.py' is not a valid file name on Windows"),
        (["a/COM1"], "not a valid file name on Windows"),
        (["a/what?.py"], "not a valid file name on Windows"),
        (["a./b"], "not a valid file name on Windows"),
    ],
)
def test_unportable_names_are_refused(names: list[str], match: str) -> None:
    with pytest.raises(LayoutError, match=match):
        check_names(names)


def test_portable_names_are_accepted() -> None:
    check_names(["a/b.py", "a/c.py", "a/console.py", "a/.hidden", "b/" + "c" * (MAX_PATH_LENGTH - 2), "com10.txt"])


def test_longest_path_is_the_first_in_sort_order() -> None:
    assert longest(["b/xx", "a/xx", "a"]) == "a/xx"
    assert longest([]) == ""


def test_path_limit_fits_the_windows_install_folder() -> None:
    name, _ = Project.at(REPO).name_and_version()
    prefix = rf"C:\Users\{'u' * 20}\AppData\Local\{name}\runtime" + "\\"
    assert len(prefix) + MAX_PATH_LENGTH < WINDOWS_MAX_PATH


@pytest.mark.parametrize("name", ["python/lib/python3.14/OS.py", "python/lib/python3.14/" + "deep/" * 30 + "x.py"])
def test_invalid_name_leaves_the_previous_tree(staging_project: StagingProject, name: str) -> None:
    staging_project.staging().run()
    write_archive(staging_project.archive, FAKE_FILES | {name: ""}, FAKE_LINKS)
    staging_project.pin("http://127.0.0.1:9/{target}")
    with pytest.raises(LayoutError, match=r"can't be installed on every system.*python3\.14/"):
        staging_project.staging().run()
    assert not (staging_project.tree / name).exists()
    verify(staging_project.tree)


def test_app_file_names_are_checked(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.app / "MAIN.py").write_text("", encoding="utf-8")
    with pytest.raises(LayoutError, match=r"app_src/app/(main|MAIN)\.py and"):
        staging_project.staging().run()


def test_there_are_six_targets() -> None:
    assert len(TARGETS) == 6
    assert host_target() in TARGETS
