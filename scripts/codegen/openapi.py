"""Write the backend's OpenAPI document to frontend/openapi.json or another path: `make generate-client`. Run on the bundled interpreter."""

import json
import os
import sys
import tempfile
from pathlib import Path

from scripts.project import ROOT
from scripts.run import add_to_path

DOCUMENT = ROOT / "frontend" / "openapi.json"


def openapi_text() -> str:
    """The text of frontend/openapi.json: sorted, indented, ending in a newline, independent of this machine's settings."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ.clear()
        os.environ["DATA_DIR"] = empty
        add_to_path(ROOT / "python-backend")
        from app.main import app

        return json.dumps(app.openapi(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENT).write_text(openapi_text(), "utf-8")
