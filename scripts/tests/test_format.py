"""`make format` on a copy of the project with unformatted files."""

import subprocess
from pathlib import Path

from harness.checkout import git, link_build_outputs

UNFORMATTED = {
    "python-backend/app/unformatted.py": (
        "import sys\nimport os\nfrom app.models import Item\nprint( os, sys, Item )\n",
        "import os\nimport sys\n\nfrom app.models import Item\n\nprint(os, sys, Item)\n",
    ),
    "frontend/src/unformatted.ts": (
        'import { b } from "b"\nimport { a } from "a"\n\nexport const all = [a,b];\n',
        'import { a } from "a"\nimport { b } from "b"\n\nexport const all = [a, b]\n',
    ),
}


def test_make_format_formats_only_python_ui_and_rust(checkout: Path) -> None:
    link_build_outputs(checkout)
    for name, (before, _) in UNFORMATTED.items():
        (checkout / name).write_text(before, "utf-8")
    rust = checkout / "src-tauri" / "crates" / "tauri-plugin-python-backend" / "src" / "navigation.rs"
    formatted = rust.read_text("utf-8")
    rust.write_text(formatted.replace("    ", "  "), "utf-8")

    # The prerequisites are up to date: only the recipe runs.
    up_to_date = [f"--assume-old={target}" for target in ("dev-tools", "frontend/node_modules/.installed")]
    done = subprocess.run(["make", *up_to_date, "format"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    assert {name: (checkout / name).read_text("utf-8") for name in UNFORMATTED} == {
        name: after for name, (_, after) in UNFORMATTED.items()
    }
    assert rust.read_text("utf-8") == formatted
    assert git(checkout, "diff", "--name-only") == ""
