"""pytest's `-k` on the backend's tests: the name of an entity does not select the slow generated requests."""

import subprocess
import sys

import pytest

from harness.app import ROOT

TESTS = ROOT / "python-backend" / "tests"


@pytest.mark.parametrize(
    ("expression", "modules"),
    [
        ("items", {"test_items.py"}),
        ("generated and users", {"test_api_schema.py"}),
    ],
)
def test_keyword_expression_selects_generated_requests_only_by_name(expression: str, modules: set[str]) -> None:
    tool = [
        sys.executable,
        "-I",
        "-B",
        "-X",
        "utf8",
        str(ROOT / "scripts" / "run.py"),
        "scripts.setup.with_dev_tools",
        "-m",
        "pytest",
    ]
    files = [str(TESTS / name) for name in ("test_items.py", "test_api_schema.py")]
    listed = subprocess.run(
        [*tool, "--collect-only", "-q", "-k", expression, *files], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {line.partition("::")[0].rpartition("/")[2] for line in listed.splitlines() if "::" in line} == modules
