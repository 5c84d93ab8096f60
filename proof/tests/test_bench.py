"""`make bench` runs every benchmark. The test does not check the values."""

import subprocess

import pytest

from harness.app import ROOT


@pytest.mark.slow
def test_quick_run_prints_every_benchmark(host_python: str) -> None:
    ran = subprocess.run(
        [host_python, "-I", str(ROOT / "scripts" / "run.py"), "proof.bench", "--quick"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    for part in (
        "startup, warm cache",
        "first launch",
        "shutdown",
        "GET items",
        "POST items",
        "last page",
        "middle page",
        "search ",
        "launch to items displayed",
        "download size",
        "update of one source file",
        "installed size",
        "idle memory",
        "idle CPU",
    ):
        assert f"| {part}" in ran.stdout, ran.stdout
