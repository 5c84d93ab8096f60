"""The C libraries in the interpreter that report their version, for matching security advisories."""

import json
from pathlib import Path

from runtime.host.environment import tool_env
from runtime.host.processes import run
from runtime.inventory.packages import UNKNOWN, Package
from runtime.targets import host_target, interpreter_in

_PRINT_VERSIONS = """
import json, pyexpat, sqlite3, ssl, zlib
openssl = ssl.OPENSSL_VERSION.split()
print(json.dumps({
    "expat": ".".join(map(str, pyexpat.version_info)),
    openssl[0].lower(): openssl[1],
    "sqlite": sqlite3.sqlite_version,
    "zlib": zlib.ZLIB_RUNTIME_VERSION,
}))
"""
_LICENSES = {"expat": "MIT", "openssl": "Apache-2.0", "sqlite": "blessing", "zlib": "Zlib"}


def interpreter_libraries(tree: Path, target: str) -> list[Package] | None:
    """Libraries sorted by name, without license texts (install_only archives have none). None if the tree does not run on the host."""
    if target != host_target() or not interpreter_in(tree, target).is_file():
        return None
    command: list[str | Path] = [interpreter_in(tree, target), "-I", "-B", "-X", "utf8", "-c", _PRINT_VERSIONS]
    versions = json.loads(run(command, what="read the versions of the interpreter's libraries", env=tool_env()))
    return [
        Package(name, version, f"pkg:generic/{name}@{version}", _LICENSES.get(name, UNKNOWN), name in _LICENSES)
        for name, version in sorted(versions.items())
    ]
