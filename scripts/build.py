"""Build the installers of this system around the staged runtime: `make build`.

A stand-in runtime is refused, since it is this machine's own compile and no release; ARGS=--allow-stand-in builds anyway.
Other arguments go to the Tauri bundler, such as `--bundles deb`.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.project import Project  # noqa: E402
from runtime.targets import host_target  # noqa: E402

OVERLAY = ROOT / "build" / "bundle.conf.json"


def main() -> int:
    arguments = sys.argv[1:]
    tree = Project.at(ROOT).tree(host_target())
    if "--allow-stand-in" in arguments:
        arguments.remove("--allow-stand-in")
    elif subprocess.run([sys.executable, "-m", "runtime", "verify", "--shippable"], cwd=ROOT, check=False).returncode:
        return 1
    # Only here: in the base configuration thousands of resource files would be looked at on every debug build.
    overlay = {"bundle": {"resources": {str(tree): "runtime"}}}
    OVERLAY.write_text(json.dumps(overlay), "utf-8")
    tauri = ROOT / "frontend" / "node_modules" / ".bin" / "tauri"
    return subprocess.run([tauri, "build", "--config", str(OVERLAY), *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
