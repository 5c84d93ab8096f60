"""Tests that `make test-watch` selects for a saved file."""

import pytest

from scripts.hot_patch.patch import SOURCE
from scripts.hot_patch.source import Snapshot, Source
from scripts.testing.test_watch import failed_files, module_of, select_tests

APP = Snapshot(
    {
        "app/__init__.py": b"",
        "app/main.py": b"from app.api import routes\n",
        "app/api/routes.py": b"from app.core import text\n",
        "app/core/text.py": b"",
        "app/core/unused.py": b"",
        "app/models.py": b"",
    }
)
TESTS = Snapshot(
    {
        "conftest.py": b"from app.main import app\n",
        "test_text.py": b"from app.core.text import fold\n",
        "test_models.py": b"",
        "test_search.py": b"def test():\n    from app.core import text\n",
        "test_api.py": b"import app.api.routes\n",
    }
)


@pytest.mark.parametrize(
    ("changed", "selected"),
    [
        ({"app/core/text.py"}, ["test_search.py", "test_text.py"]),
        ({"app/models.py"}, ["test_models.py"]),
        ({"app/api/routes.py"}, ["test_api.py"]),
        ({"app/core/unused.py"}, []),
        ({"app/core/text.py", "app/models.py"}, ["test_models.py", "test_search.py", "test_text.py"]),
        ({"app/alembic/script.py.mako"}, []),
    ],
)
def test_tests_that_import_a_module_or_match_its_name_are_selected(changed: set[str], selected: list[str]) -> None:
    assert select_tests(APP, TESTS, changed) == selected


def test_tests_of_importers_are_selected_when_a_module_has_no_tests() -> None:
    tests = Snapshot({"test_start.py": b"from app.main import app\n"})
    assert select_tests(APP, tests, {"app/core/text.py"}) == ["test_start.py"]


def test_unparsable_module_selects_the_tests_matching_its_name() -> None:
    assert select_tests(Snapshot(APP.files | {"app/models.py": b"def ("}), TESTS, {"app/models.py"}) == [
        "test_models.py"
    ]


def test_package_name_omits_init() -> None:
    assert [module_of(name) for name in ("app/__init__.py", "app/api/__init__.py", "app/core/db.py")] == [
        "app",
        "app.api",
        "app.core.db",
    ]


def test_every_route_module_selects_tests() -> None:
    app, tests = Source(SOURCE.folder, SOURCE.packages).read(), Source(SOURCE.folder / "tests").read()
    routes = [name for name in app.files if name.startswith("app/api/routes/") and not name.endswith("__init__.py")]
    assert routes
    assert [name for name in routes if not select_tests(app, tests, {name})] == []


def test_failed_files_are_read_from_summary_with_dashes_in_ids() -> None:
    output = "FAILED python-backend/tests/test_a.py::test_x[a - b] - assert 0\nFAILED python-backend/tests/test_a.py::test_y\n"
    output += "ERROR python-backend/tests/test_b.py - SyntaxError: c.py\n1 failed\n"
    assert failed_files(output) == ["python-backend/tests/test_a.py", "python-backend/tests/test_b.py"]
