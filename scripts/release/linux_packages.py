"""Additional metadata of .deb and .rpm: dependencies that the bundler does not detect, and post-removal scripts."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from runtime.build.atomic import write_atomically
from runtime.project import Project
from runtime.targets import host_target
from scripts.app_names import read_names

DEB_POSTRM = """#!/bin/sh
# dpkg passes the action: `remove`, or another one for an upgrade or a purge.
if [ "$1" = remove ]; then
    printf '%s\\n' {message}
fi
"""

RPM_POSTUN = """#!/bin/sh
# The package owns files but not their folders, which would remain and be importable as namespace packages.
if [ -d {folder} ]; then
    find {folder} -depth -type d -empty -delete
fi
# rpm passes the number of remaining installed versions: 1 for an upgrade.
if [ "$1" = 0 ]; then
    printf '%s\\n' {message}
fi
"""

RECOMMENDED = ["xdg-utils"]
"""Provides xdg-open. Optional: desktops install it, and the app runs without it."""


def bundle_settings(project: Project, target: str, name: str) -> dict[str, Any]:
    """Additions to `bundle.linux` of the bundler's configuration. `name` is the installed app's folder in /usr/lib.

    Writes the referenced scripts into the build folder.
    """
    names = read_names(project.root)
    message = shlex.quote(
        f"{names.product} was removed. Each user's data stays in ~/.local/share/{names.identifier}; "
        "delete that folder if it is not needed."
    )
    scripts = {
        "deb": DEB_POSTRM.format(message=message),
        "rpm": RPM_POSTUN.format(message=message, folder=shlex.quote(f"/usr/lib/{name}")),
    }
    settings: dict[str, Any] = {}
    for kind, text in scripts.items():
        script = project.build_dir / f"{kind}-after-removal.sh"
        write_atomically(script, text)
        settings[kind] = {"postRemoveScript": str(script), "recommends": RECOMMENDED}
    if target == host_target() and (version := _newest_symbol_version()):
        # The program may use symbols up to the newest version in this machine's glibc: depend on that version.
        settings["deb"]["depends"] = [f"libc6 (>= {version})"]
        settings["rpm"]["depends"] = [f"libc.so.6(GLIBC_{version})(64bit)"]
    return settings


def _newest_symbol_version() -> str | None:
    """The newest symbol version of the C library that the compiler links, such as 2.36; None without glibc."""
    result = subprocess.run(["cc", "-print-file-name=libc.so.6"], capture_output=True, text=True, check=True)
    library = Path(result.stdout.strip())
    if not library.is_absolute():  # the compiler does not find it
        return None
    found = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?=\0)", library.read_bytes())
    return "{}.{}".format(*max((int(major), int(minor)) for major, minor in found))
