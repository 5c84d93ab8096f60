"""A tree that some system could not hold is not put in place."""

import pytest

from runtime.errors import LayoutError
from runtime.integrity.portable_names import MAX_PATH_LENGTH, check_names, longest
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import TARGETS, host_target
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, REPO, Bench, write_archive

WINDOWS_MAX_PATH = 260
"""With the NUL that ends it."""


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["a/b.py", "a/B.py"], "a/b.py and a/B.py differ by case"),
        (["Pkg/one.py", "pkg/two.py"], "pkg and Pkg differ by case"),
        (["stra\u00dfe", "STRASSE"], "differ by case"),
        (["caf\u00e9", "cafe\u0301"], "or accents"),
        (["a/" + "b" * MAX_PATH_LENGTH], "more than 160"),
        (["a/con.py"], "'con.py' is no file name on Windows"),
        (["a/COM1"], "no file name on Windows"),
        (["a/what?.py"], "no file name on Windows"),
        (["a./b"], "no file name on Windows"),
    ],
)
def test_refused(names: list[str], match: str) -> None:
    with pytest.raises(LayoutError, match=match):
        check_names(names)


def test_ordinary_names_pass() -> None:
    check_names(["a/b.py", "a/c.py", "a/console.py", "a/.hidden", "b/" + "c" * (MAX_PATH_LENGTH - 2), "com10.txt"])


def test_of_two_longest_the_first_in_order_is_told() -> None:
    assert longest(["b/xx", "a/xx", "a"]) == "a/xx"
    assert longest([]) == ""


def test_the_limit_leaves_room_for_where_windows_installs() -> None:
    name, _ = Project.at(REPO).name_and_version()
    prefix = rf"C:\Users\{'u' * 20}\AppData\Local\{name}\runtime" + "\\"
    assert len(prefix) + MAX_PATH_LENGTH < WINDOWS_MAX_PATH


@pytest.mark.parametrize("name", ["python/lib/python3.14/OS.py", "python/lib/python3.14/" + "deep/" * 30 + "x.py"])
def test_a_staging_with_such_a_name_leaves_the_last_tree(bench: Bench, name: str) -> None:
    bench.staging().run()
    write_archive(bench.archive, FAKE_FILES | {name: ""}, FAKE_LINKS)
    bench.pin("http://127.0.0.1:9/{target}")
    with pytest.raises(LayoutError, match=r"can't be installed on every system.*python3\.14/"):
        bench.staging().run()
    assert not (bench.tree / name).exists()
    verify(bench.tree)


def test_the_apps_own_names_are_looked_at_too(bench: Bench) -> None:
    bench.staging().run()
    (bench.app / "MAIN.py").write_text("", encoding="utf-8")
    with pytest.raises(LayoutError, match=r"app_src/app/(main|MAIN)\.py and"):
        bench.staging().run()


def test_there_are_six_targets() -> None:
    assert len(TARGETS) == 6
    assert host_target() in TARGETS
