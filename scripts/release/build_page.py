"""Build the UI into frontend/dist when one of its sources has changed: `make frontend/dist/index.html`.

The sources are compared by a digest, because make does not support file names with spaces or dollar signs, such as `$id.tsx`.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.digests import sha256_files
from scripts.project import ROOT, RUN

FRONTEND, STAMP = ROOT / "frontend", ROOT / "build" / "page.sha256"
PAGE = FRONTEND / "dist" / "index.html"


def sources() -> Iterator[Path]:
    """All source files of the UI."""
    for folder in ("src", "public"):
        yield from (path for path in (FRONTEND / folder).rglob("*") if path.is_file())
    for pattern in ("*.ts", "*.json", "*.toml", "bun.lock", "index.html"):
        yield from FRONTEND.glob(pattern)
    yield ROOT / "src-tauri" / "tauri.conf.json"
    yield ROOT / "src-tauri/crates/tauri-plugin-python-backend/guest-js/bindings.ts"


def digest() -> str:
    """Digest of the names and contents of all sources."""
    return sha256_files(ROOT, sorted(sources()))


def main() -> int:
    if PAGE.is_file() and STAMP.is_file() and STAMP.read_text("utf-8") == digest():
        return 0
    STAMP.unlink(missing_ok=True)
    if status := subprocess.run([sys.executable, RUN, "scripts.setup.bun", "run", "build"], check=False).returncode:
        return status
    STAMP.parent.mkdir(exist_ok=True)
    write_atomically(STAMP, digest())  # after the build, which generates the route tree
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
