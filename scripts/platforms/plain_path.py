"""A path without blanks or quotes for tools that cannot read others: apt, and Windows' resource compiler."""

from pathlib import Path

PLAIN = "/mnt"


def plain_mount_command(folder: Path, start_in: str = ".") -> list[str]:
    """Command prefix that bind-mounts `folder` at PLAIN and runs the command in its subfolder `start_in`. Requires root.

    The mount is visible only to the command.
    """
    script = f'mount --bind "$1" {PLAIN}; cd {PLAIN}; cd "$2"; shift 2; exec "$@"'
    namespace = ["unshare", "--mount", "--propagation", "private"]
    return [*namespace, "sh", "-euc", script, "sh", str(folder), start_in]
