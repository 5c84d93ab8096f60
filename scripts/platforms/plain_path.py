"""A path without blanks or quotes for tools that cannot read others: apt, and Windows' resource compiler."""

from pathlib import Path

PLAIN = "/mnt"


def seen_at_plain_path(folder: Path, start_in: str = ".") -> list[str]:
    """What to put before a command line, for it to see `folder` at PLAIN and to run in `start_in` of it. Needs root.

    The mount exists for the command alone.
    """
    script = f'mount --bind "$1" {PLAIN}; cd {PLAIN}; cd "$2"; shift 2; exec "$@"'
    namespace = ["unshare", "--mount", "--propagation", "private"]
    return [*namespace, "sh", "-euc", script, "sh", str(folder), start_in]
