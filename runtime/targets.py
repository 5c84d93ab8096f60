"""The six targets and their tree layouts (docs/launch-contract.md, "The staged tree")."""

import platform
import sys
from pathlib import Path, PurePosixPath

from runtime.errors import UnsupportedTargetError

TARGETS = (
    "aarch64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
)

_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_SYSTEMS = {"linux": "unknown-linux-gnu", "darwin": "apple-darwin", "win32": "pc-windows-msvc"}


def host_target() -> str:
    """The target triple of the host. Raises UnsupportedTargetError."""
    machine = _MACHINES.get(platform.machine().lower())
    system = _SYSTEMS.get(sys.platform)
    if machine is None or system is None:
        raise UnsupportedTargetError(
            f"No runtime is pinned for this host ({sys.platform} on {platform.machine()}). "
            f"Pass --target with one of: {', '.join(TARGETS)}."
        )
    return f"{machine}-{system}"


def is_windows(target: str) -> bool:
    """Whether the target's tree has the Windows layout."""
    return "windows" in target


def interpreter(target: str) -> PurePosixPath:
    """The interpreter's path, relative to the tree."""
    return PurePosixPath("python/python.exe" if is_windows(target) else "python/bin/python3")


def stdlib(target: str, minor: str) -> PurePosixPath:
    """The standard library's path, relative to the tree; `minor` is like "3.14"."""
    return PurePosixPath("python/Lib" if is_windows(target) else f"python/lib/python{minor}")


def interpreter_in(tree: Path, target: str) -> Path:
    """The absolute path of the interpreter in a staged tree."""
    return tree / interpreter(target)
