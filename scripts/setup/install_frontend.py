"""Install the locked packages of frontend/ and check their programs: `make frontend/node_modules/.installed`."""

import os
import subprocess
import sys

from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT, RUN

BUN = [sys.executable, RUN, "scripts.setup.bun"]
STAMP = ROOT / "frontend" / "node_modules" / ".installed"
PROGRAMS = ("biome", "tauri", "vite")
"""Programs whose native binary is an optional package, which an installer may skip."""


def main() -> int:
    STAMP.unlink(missing_ok=True)
    if status := subprocess.run([*BUN, "install", "--frozen-lockfile"], check=False).returncode:
        return status
    for program in PROGRAMS:
        ran = subprocess.run([*BUN, "run", program, "--version"], capture_output=True, text=True, check=False)
        if ran.returncode:
            print(f"{ran.stdout}{ran.stderr}\n{program} was installed but cannot be run.", file=sys.stderr)
            print("Delete frontend/node_modules, then repeat the command.", file=sys.stderr)
            return 1
    with STAMP.open("w") as stamp:
        os.fsync(stamp.fileno())
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
