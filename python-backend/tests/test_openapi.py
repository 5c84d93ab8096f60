import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_document_is_what_the_backend_says() -> None:
    code = "import runpy, sys; print(runpy.run_path(sys.argv[1])['openapi_text'](), end='')"
    script = ROOT / "scripts" / "write_openapi.py"
    said = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, script], capture_output=True, text=True, check=True
    ).stdout
    committed = (ROOT / "frontend" / "openapi.json").read_text("utf-8")
    assert committed == said, "run `make generate-client` and commit what it writes"


def test_operation_ids_are_short_and_unique() -> None:
    document = json.loads((ROOT / "frontend" / "openapi.json").read_text("utf-8"))
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert "items-read_items" in ids
