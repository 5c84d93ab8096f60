"""A Debian root file system with Wine, created once and recreated if its inputs change. Used by `make test-windows`.

The folder is named by the digest of the inputs. Nothing is installed on the machine itself.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scripts.platforms.bind_mount import MOUNT_POINT, bind_mount_command
from scripts.platforms.prerequisites import PrerequisiteMissingError

SUITE = "trixie"
"""Debian's stable release. Wine 8.0 of the previous release cannot load pydantic-core."""
PACKAGES = ("wine", "wine64")
EXCLUDED_PATHS = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
PREFIX = "/prefix"
"""Wine's drive C: and registry, in the root."""
VARIABLES = {
    "HOME": "/root",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108 (of the root)
    "WINEPREFIX": PREFIX,
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=",  # without .NET and HTML, whose missing engines would open a dialog
}
PROGRAMS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils"}
"""Programs that create and enter a root, with their Debian packages."""


def check_prerequisites() -> None:
    """Raise PrerequisiteMissingError for the first missing prerequisite."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise PrerequisiteMissingError("Wine runs 64-bit Windows programs only on Linux x86_64.")
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            raise PrerequisiteMissingError(f"`{program}` is missing. Run `sudo apt-get install -y {package}`.")
    if os.geteuid() != 0:
        raise PrerequisiteMissingError(
            "Creating a root file system and mounting require root. Repeat the command as root."
        )


def root_folder(cache: Path) -> Path:
    """The folder of the root for the current inputs."""
    inputs = [SUITE, *PACKAGES, *EXCLUDED_PATHS, *(f"{name}={value}" for name, value in VARIABLES.items())]
    return cache / sha256("\n".join(inputs).encode()).hexdigest()[:16]


def wine_root(cache: Path) -> Path:
    """Create the root in `cache` unless it exists, and return its folder. Raises PrerequisiteMissingError, CalledProcessError."""
    root = root_folder(cache)
    if root.is_dir():
        return root
    for older in cache.glob("*"):
        shutil.rmtree(older)
    partial = root.with_suffix(".partial")
    cache.mkdir(parents=True, exist_ok=True)
    print(f"Creating a Debian {SUITE} with Wine in {root} (first run: downloads about 400 MB)", flush=True)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=directory", f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED_PATHS]
    try:
        full_command = [*bind_mount_command(cache), *command, SUITE, f"{MOUNT_POINT}/{partial.name}"]
        subprocess.run(full_command, check=True)
    except subprocess.CalledProcessError as error:
        raise PrerequisiteMissingError(
            f"Debian {SUITE} could not be downloaded (see above). Check the network."
        ) from error
    boot = "wineboot --init && wineserver --wait"  # wineserver writes the registry when it exits
    subprocess.run([*command_prefix(partial), "sh", "-c", boot], check=True)
    partial.rename(root)
    return root


@dataclass(frozen=True)
class Mount:
    """A bind mount of `source` at `inside` in the root."""

    source: Path
    inside: str
    writable: bool = False


def command_prefix(root: Path, mounted: Sequence[Mount] = (), folder: str = "/") -> list[str]:
    """Command prefix that runs a command in `root`, in its `folder`, with an empty stdin.

    The mounts, outer ones first, are visible only to the command. It has its own process namespace: its child processes
    are killed when it exits.
    """
    script = Path(__file__).with_name("enter_root.sh")
    mounts = [part for it in mounted for part in (str(it.source), it.inside, "rw" if it.writable else "ro")]
    namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    variables = [f"{name}={value}" for name, value in VARIABLES.items()]
    return [*namespaces, "sh", str(script), str(root), folder, *mounts, "--", "env", "-i", *variables]
