"""The bench runs: every part, a few readings each. What it reads is never judged here."""

import subprocess

import pytest

from harness.app import ROOT


@pytest.mark.slow
def test_quick_bench_measures_every_part(host_python: str) -> None:
    ran = subprocess.run(
        [host_python, "-I", str(ROOT / "scripts" / "run.py"), "proof.bench", "--quick"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    for part in (
        "start, warm cache",
        "first launch ever",
        "stop",
        "GET items",
        "POST items",
        "page ",
        "search ",
        "window opened",
        "to fetch",
        "installed size",
    ):
        assert f"| {part}" in ran.stdout, ran.stdout
