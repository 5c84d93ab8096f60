"""Runs every probe of harness/unfrozen_probes on a copy of the staged tree, or on the tree that RUNTIME_TREE names."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.unfrozen import PROBES as PROBES_FOLDER
from harness.unfrozen import probe_tree, run_probes
from harness.unfrozen_probes.base import PROBES
from harness.unfrozen_probes.children import FLAGS
from harness.unfrozen_probes.sources import RUN_SOURCE
from harness.unfrozen_probes.suite import Report
from runtime.targets import host_target, interpreter_in


@pytest.fixture(scope="module")
def tree(staged_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree to probe: RUNTIME_TREE, such as an installed app's `runtime`, or a read-only copy of the staged tree."""
    if named := os.environ.get("RUNTIME_TREE"):
        return Path(named)
    copy = tmp_path_factory.mktemp("unfrozen") / "Größe & espaces 日本"
    shutil.copytree(staged_tree, copy, symlinks=True)
    subprocess.run(["chmod", "-R", "a-w", copy], check=True)
    return copy


@pytest.fixture(scope="module")
def report(tree: Path) -> Report:
    return probe_tree(tree)


@pytest.mark.parametrize("name", PROBES)
def test_probe_passes_on_bundled_interpreter(name: str, report: Report) -> None:
    (result,) = [result for result in report.results if result.name == name]
    if result.passed is None:
        pytest.skip(result.detail)
    assert result.passed, result.detail


def test_probes_run_on_given_tree(tree: Path, report: Report) -> None:
    assert Path(report.executable) == interpreter_in(tree, host_target())
    assert not report.frozen


def test_failed_probe_is_reported(tree: Path) -> None:
    command = [str(interpreter_in(tree, host_target())), *FLAGS, str(PROBES_FOLDER)]
    results = run_probes(command, "--packages", "fastapi==0.0.0", "--only", "versions", "sqlite_full_text").results
    assert [result.passed for result in results] == [False, True]
    assert "fastapi" in results[0].detail


def test_probe_runs_with_command_prefix(tree: Path, tmp_path: Path) -> None:
    probes = shutil.copytree(PROBES_FOLDER, tmp_path / "elsewhere")
    results = probe_tree(tree, prefix=("env", "--"), probes=probes, only=["multiprocessing_spawn"]).results
    assert [(result.name, result.passed) for result in results] == [("multiprocessing_spawn", True)]


def test_interpreter_flags_match_launch_contract() -> None:
    contract = (ROOT / "docs" / "launch-contract.md").read_text("utf-8")
    assert f"`<interpreter> {' '.join(FLAGS)} -m app`" in contract
    assert f'`<interpreter> {" ".join(FLAGS)} -c "{RUN_SOURCE}" <source dir>`' in contract
