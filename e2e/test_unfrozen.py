"""Nothing is frozen: every probe succeeds on the tree that ships, moved to an awkward place. RUNTIME_TREE names another one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.unfrozen import PROBES as PROBES_FOLDER
from harness.unfrozen import probe_by, probe_tree
from harness.unfrozen_probes.base import PROBES
from harness.unfrozen_probes.children import FLAGS
from harness.unfrozen_probes.sources import RUN_SOURCE
from harness.unfrozen_probes.suite import Report
from runtime.targets import host_target, interpreter_in


@pytest.fixture(scope="module")
def tree(staged_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree to probe: a copy that can't be written to, or the one that RUNTIME_TREE names (an installed app's `runtime`)."""
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
def test_it_is_as_in_an_ordinary_python(name: str, report: Report) -> None:
    (finding,) = [finding for finding in report.findings if finding.name == name]
    if finding.passed is None:
        pytest.skip(finding.said)
    assert finding.passed, finding.said


def test_it_was_that_tree_that_was_probed(tree: Path, report: Report) -> None:
    assert Path(report.executable) == interpreter_in(tree, host_target())
    assert not report.frozen


def test_a_probe_that_fails_is_told(tree: Path) -> None:
    command = [str(interpreter_in(tree, host_target())), *FLAGS, str(PROBES_FOLDER)]
    told = probe_by(command, "--packages", "fastapi==0.0.0", "--only", "versions", "sqlite_full_text").findings
    assert [finding.passed for finding in told] == [False, True]
    assert "fastapi" in told[0].said


def test_it_can_be_probed_through_another_command(tree: Path, tmp_path: Path) -> None:
    probes = shutil.copytree(PROBES_FOLDER, tmp_path / "elsewhere")
    told = probe_tree(tree, prefix=("env", "--"), probes=probes, only=["multiprocessing_spawn"]).findings
    assert [(finding.name, finding.passed) for finding in told] == [("multiprocessing_spawn", True)]


def test_the_interpreter_is_started_as_the_launch_contract_says() -> None:
    contract = (ROOT / "docs" / "launch-contract.md").read_text("utf-8")
    assert f"`<interpreter> {' '.join(FLAGS)} -m app`" in contract
    assert f'`<interpreter> {" ".join(FLAGS)} -c "{RUN_SOURCE}" <source dir>`' in contract
