"""What a .deb and an .rpm need in addition to their files: dependencies that the bundler does not know, and what runs after a removal."""

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
# dpkg names the action, which is another one for an upgrade, and for a purge that follows a removal.
if [ "$1" = remove ]; then
    printf '%s\\n' {message}
fi
"""

RPM_POSTUN = """#!/bin/sh
# The package lists files and not their folders, which would stay, and be importable as packages without a module.
if [ -d {folder} ]; then
    find {folder} -depth -type d -empty -delete
fi
# rpm gives the number of versions that stay installed, which is 1 for an upgrade.
if [ "$1" = 0 ]; then
    printf '%s\\n' {message}
fi
"""

RECOMMENDED = ["xdg-utils"]
"""Opens links and folders in the user's programs. The desktops have it; the app runs without."""


def bundle_settings(project: Project, target: str, name: str) -> dict[str, Any]:
    """What a Linux target adds to `bundle.linux` of the bundler's configuration. `name` is the installed app's folder in /usr/lib.

    Writes the scripts that the configuration names into the build folder.
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
        # Linked against this machine's C library, the program does not start with an older one.
        settings["deb"]["depends"] = [f"libc6 (>= {version})"]
        settings["rpm"]["depends"] = [f"libc.so.6(GLIBC_{version})(64bit)"]
    return settings


def _newest_symbol_version() -> str | None:
    """The newest symbol version of the C library that the compiler links, such as 2.36; None without glibc."""
    asked = subprocess.run(["cc", "-print-file-name=libc.so.6"], capture_output=True, text=True, check=True)
    library = Path(asked.stdout.strip())
    if not library.is_absolute():  # the compiler found none
        return None
    found = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?=\0)", library.read_bytes())
    return "{}.{}".format(*max((int(major), int(minor)) for major, minor in found))
