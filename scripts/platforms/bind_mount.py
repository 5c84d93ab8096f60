"""Mounts a folder at a path without spaces and quotes, for tools that do not support others: apt, Windows' resource compiler."""

from pathlib import Path

MOUNT_POINT = "/mnt"


def bind_mount_command(folder: Path, subfolder: str = ".") -> list[str]:
    """Command prefix that bind-mounts `folder` at MOUNT_POINT and runs the command in `subfolder` of it. Requires root.

    The mount is visible only to the command.
    """
    script = f'mount --bind "$1" {MOUNT_POINT}; cd {MOUNT_POINT}; cd "$2"; shift 2; exec "$@"'
    namespace = ["unshare", "--mount", "--propagation", "private"]
    return [*namespace, "sh", "-euc", script, "sh", str(folder), subfolder]
