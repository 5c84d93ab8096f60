"""A Debian system with Wine in a folder, created once and recreated when its inputs change. Used by `make test-windows`.

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

from scripts.platforms.plain_path import PLAIN, plain_mount_command
from scripts.platforms.prerequisites import PrerequisiteMissingError

SUITE = "trixie"
"""Debian's stable release. The Wine of the one before it (8.0) cannot load pydantic-core."""
PACKAGES = ("wine", "wine64")
WITHOUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
PREFIX = "/prefix"
"""Wine's drive C: and registry, in the root."""
VARIABLES = {
    "HOME": "/root",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108 (of the root)
    "WINEPREFIX": PREFIX,
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=",  # neither .NET nor HTML is asked for, so no dialog offers to install them
}
PROGRAMS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils"}
"""Programs that create and enter a root, with their Debian packages."""


def check_prerequisites() -> None:
    """Raise PrerequisiteMissingError for the first missing prerequisite."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise PrerequisiteMissingError("Wine runs 64-bit Windows programs on Linux on x86_64 alone.")
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            raise PrerequisiteMissingError(f"`{program}` is missing. Run `sudo apt-get install -y {package}`.")
    if os.geteuid() != 0:
        raise PrerequisiteMissingError("Only root can make a system in a folder and mount into it. Run this as root.")


def root_folder(cache: Path) -> Path:
    """The folder of the root for the current inputs."""
    inputs = [SUITE, *PACKAGES, *WITHOUT, *(f"{name}={value}" for name, value in VARIABLES.items())]
    return cache / sha256("\n".join(inputs).encode()).hexdigest()[:16]


def wine_root(cache: Path) -> Path:
    """The root's folder in `cache`, ready to run Windows programs. Raises PrerequisiteMissingError, CalledProcessError."""
    root = root_folder(cache)
    if root.is_dir():
        return root
    for older in cache.glob("*"):
        shutil.rmtree(older)
    making = root.with_suffix(".making")
    cache.mkdir(parents=True, exist_ok=True)
    print(f"Making a Debian {SUITE} with Wine in {root} (about 400 MB to fetch, once)", flush=True)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=directory", f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in WITHOUT]
    try:
        made = [*plain_mount_command(cache), *command, SUITE, f"{PLAIN}/{making.name}"]
        subprocess.run(made, check=True)
    except subprocess.CalledProcessError as error:
        raise PrerequisiteMissingError(
            f"Debian {SUITE} could not be fetched (see above). Check the network."
        ) from error
    boot = "wineboot --init && wineserver --wait"  # the registry is written when its server ends
    subprocess.run([*entering(making), "sh", "-c", boot], check=True)
    making.rename(root)
    return root


@dataclass(frozen=True)
class Mount:
    """A bind mount of `source` at `inside` in the root."""

    source: Path
    inside: str
    writable: bool = False


def entering(root: Path, mounted: Sequence[Mount] = (), folder: str = "/") -> list[str]:
    """Command prefix that runs a command in `root`, in its `folder`, with an empty stdin.

    The mounts, outer ones first, are visible only to the command. It has its own process namespace: its child processes
    are killed when it exits.
    """
    script = Path(__file__).with_name("enter_root.sh")
    mounts = [part for it in mounted for part in (str(it.source), it.inside, "rw" if it.writable else "ro")]
    namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    variables = [f"{name}={value}" for name, value in VARIABLES.items()]
    return [*namespaces, "sh", str(script), str(root), folder, *mounts, "--", "env", "-i", *variables]
