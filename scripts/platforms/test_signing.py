"""Sign the trees of macOS and Windows with self-signed certificates, on any Unix system, and check the signatures: `make test-signing`.

python3 -m scripts.platforms.test_signing [--check | PYTEST ARGUMENT ...]     --check: only check the prerequisites

The first run compiles rcodesign (some minutes) and stages the three trees.

Exit status: 0 all passed, 1 a test failed, 2 a prerequisite is missing (printed in one line).
"""

import os
import shutil
import subprocess
import sys

from runtime.host.tool_environment import apply_tool_environment
from scripts.platforms.prerequisites import PrerequisiteMissingError
from scripts.platforms.staged import stage_tree
from scripts.release.signers import CRATE
from scripts.setup import cargo_tool
from scripts.testing import test_all

TARGETS = ("aarch64-apple-darwin", "x86_64-apple-darwin", "x86_64-pc-windows-msvc")
TESTS = "scripts/tests/signing"


def check_prerequisites() -> None:
    """Raise PrerequisiteMissingError for the first missing program."""
    if os.name == "nt":
        raise PrerequisiteMissingError("A Unix system is required: openssl creates the certificates.")
    for name in ("openssl", "osslsigncode"):
        if shutil.which(name) is None:
            raise PrerequisiteMissingError(f"`{name}` is missing. Run `sudo apt-get install -y {name}`.")
    if not cargo_tool.is_installed(CRATE) and shutil.which("cargo") is None:
        raise PrerequisiteMissingError(
            "`cargo`, which compiles rcodesign, is missing. Install Rust from https://rustup.rs."
        )


def main() -> int:
    try:
        check_prerequisites()
        if sys.argv[1:] == ["--check"]:
            return 0
        if cargo_tool.install(CRATE):
            raise PrerequisiteMissingError("rcodesign could not be compiled, see cargo's output above.")
        for target in TARGETS:
            stage_tree(target)
    except PrerequisiteMissingError as error:
        print(f"test-signing: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"test-signing: {error}", file=sys.stderr)
        return 1
    test_all.RESULTS.mkdir(parents=True, exist_ok=True)
    suite = test_all.pytest_suite("signing", TESTS, *sys.argv[1:])
    return test_all.report({suite.name: test_all.run(suite)})


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
