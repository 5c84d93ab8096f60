"""`make format`, on a copy of the project in which something is out of order."""

import subprocess
from pathlib import Path

from harness.checkout import git, link_build_outputs

DISORDER = {
    "python-backend/app/disorder.py": (
        "import sys\nimport os\nfrom app.models import Item\nprint( os, sys, Item )\n",
        "import os\nimport sys\n\nfrom app.models import Item\n\nprint(os, sys, Item)\n",
    ),
    "frontend/src/disorder.ts": (
        'import { b } from "b"\nimport { a } from "a"\n\nexport const all = [a,b];\n',
        'import { a } from "a"\nimport { b } from "b"\n\nexport const all = [a, b]\n',
    ),
}


def test_make_format_formats_only_python_ui_and_rust(checkout: Path) -> None:
    link_build_outputs(checkout)
    for name, (before, _) in DISORDER.items():
        (checkout / name).write_text(before, "utf-8")
    rust = checkout / "src-tauri" / "crates" / "tauri-plugin-python-backend" / "src" / "navigation.rs"
    in_order = rust.read_text("utf-8")
    rust.write_text(in_order.replace("    ", "  "), "utf-8")

    # What it needs is there: only what it does itself is run.
    there = [f"--assume-old={target}" for target in ("dev-tools", "frontend/node_modules/.installed")]
    done = subprocess.run(["make", *there, "format"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    assert {name: (checkout / name).read_text("utf-8") for name in DISORDER} == {
        name: after for name, (_, after) in DISORDER.items()
    }
    assert rust.read_text("utf-8") == in_order
    assert git(checkout, "diff", "--name-only") == ""
