"""The committed clients equal the generators' output for frontend/openapi.json."""

import filecmp
import subprocess
from pathlib import Path

from harness.app import ROOT
from scripts.codegen import rust_client

ADVICE = "run `make generate-client` and commit the result"


def test_typescript_client_equals_the_generator_output(host_python: str, tmp_path: Path) -> None:
    frontend = ROOT / "frontend"
    command = [
        host_python,
        str(ROOT / "scripts" / "run.py"),
        "scripts.setup.bun",
        "run",
        "generate-client",
        "-o",
        str(tmp_path / "client"),
    ]
    subprocess.run(command, cwd=frontend, check=True, capture_output=True)
    generated, committed = tmp_path / "client", frontend / "src" / "client"
    names = {path.relative_to(generated).as_posix() for path in generated.rglob("*") if path.is_file()}
    assert names == {path.relative_to(committed).as_posix() for path in committed.rglob("*") if path.is_file()}, ADVICE
    _, differ, unreadable = filecmp.cmpfiles(generated, committed, names, shallow=False)
    assert (differ, unreadable) == ([], []), ADVICE


def test_rust_client_equals_the_generator_output() -> None:
    assert rust_client.DIGESTS_FILE.read_text("utf-8") == rust_client.digests(), ADVICE
