"""Builds the stand-in archive, or finds the one built before from the same inputs."""

import json
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from runtime.digests import sha256_file, sha256_files, sha256_json
from runtime.errors import ToolMissingError, UnsupportedTargetError
from runtime.lockfile import staging_lock
from runtime.pins import StandInPin
from runtime.processes import reporting_disk_full, run
from runtime.progress import Progress
from runtime.standin import APT_PACKAGES
from runtime.standin.apt_source import fetch_tarball, find_mirror
from runtime.standin.compile import CONFIGURE_FLAGS, MODULES_OFF, compile_python
from runtime.standin.pack import pack
from runtime.standin.shared_libs import bundle_libraries
from runtime.swap import write_atomically


def _debian_codename() -> str:
    """Raises UnsupportedTargetError where the recipe can't work."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    if sys.platform != "linux" or release.get("ID") != "debian" or not shutil.which("apt-get"):
        system = release.get("PRETTY_NAME", sys.platform)
        raise UnsupportedTargetError(
            f"The stand-in can be compiled on Debian only; this is {system}. Set RUNTIME_ARCHIVE to a downloaded archive "
            "of the release, or RUNTIME_MIRROR to a server that holds it (docs/runtime.md)."
        )
    return release.get("VERSION_CODENAME", "")


def _package_versions() -> dict[str, str]:
    """Installed versions of APT_PACKAGES. Raises ToolMissingError, naming the ones that are not installed."""
    listing = run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Version}\n"], what="list the installed packages"
    )
    rows = (line.split() for line in listing.splitlines())
    versions = {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "installed"}
    # Newer Debians' pkg-config is a name for pkgconf, installed or provided by it.
    missing = [
        name for name in APT_PACKAGES if name not in versions and not (name == "pkg-config" and "pkgconf" in versions)
    ]
    if missing:
        names = " ".join(missing)
        raise ToolMissingError(
            f"The stand-in needs these packages to compile: {names}. Run: apt-get install -y {names}"
        )
    return {name: versions.get(name, "") for name in APT_PACKAGES}


def _inputs(pin: StandInPin, target: str, packages: dict[str, str]) -> dict[str, object]:
    here = Path(__file__).parent
    recipe = [here / name for name in ("build.py", "compile.py", "pack.py", "shared_libs.py")]
    return {
        "target": target,
        "tarball": pin.tarball,
        "tarball_sha256": pin.sha256,
        "recipe_sha256": sha256_files(here.parent, sorted(recipe)),
        "configure": list(CONFIGURE_FLAGS),
        "modules_off": list(MODULES_OFF),
        "glibc": " ".join(platform.libc_ver()),
        "packages": packages,
    }


def _forget_folder(python: Path, work: Path) -> None:
    """CPython writes down where it was built; the same inputs must give the same bytes wherever that was."""
    for path in python.rglob("*"):
        if path.is_file() and not path.is_symlink() and os.fsencode(work) in (content := path.read_bytes()):
            path.write_bytes(content.replace(os.fsencode(work), b"/build"))


def stand_in_archive(pin: StandInPin, target: str, cache: Path, logs: Path, progress: Progress) -> Path:
    """The stand-in's archive for this machine, from the cache or compiled now (minutes).

    Raises UnsupportedTargetError, ToolMissingError, StepFailedError, WrongDigestError, DiskFullError.
    """
    codename = _debian_codename()
    inputs = _inputs(pin, target, _package_versions())
    folder = cache / "stand-in" / sha256_json(inputs)[:16]
    archive = folder / f"cpython-{pin.python}+stand-in-{target}-install_only.tar.gz"
    checksum = folder / "sha256"
    # Checkouts share the cache: the second one to ask waits for the first one's.
    with staging_lock(folder / "lock", progress):
        if archive.is_file() and checksum.is_file():
            if sha256_file(archive) == checksum.read_text(encoding="utf-8").strip():
                return archive
            progress.warn(f"The cached {archive} is damaged; compiling it again.")
        _compile(pin, target, codename, inputs, archive, checksum, logs, progress)
    return archive


def _compile(
    pin: StandInPin,
    target: str,
    codename: str,
    inputs: dict[str, object],
    archive: Path,
    checksum: Path,
    logs: Path,
    progress: Progress,
) -> None:
    progress.say(f"    compiling CPython {pin.python} as a stand-in (a few minutes, once)")
    cache = archive.parent
    for left_over in cache.glob("stand-in-*"):  # of a compile that was killed
        shutil.rmtree(left_over)
    with reporting_disk_full(cache), tempfile.TemporaryDirectory(prefix="stand-in-", dir=cache) as temporary:
        work = Path(temporary)
        progress.say(f"      fetching {pin.tarball} through apt")
        tarball = fetch_tarball(pin, find_mirror(Path("/etc/apt"), codename), work)
        python = compile_python(tarball, work, logs / "stand-in.log", progress)
        libraries = bundle_libraries(python)
        _forget_folder(python, work)
        provenance = {"stand-in": True, "shippable": False, "python": pin.python, "target": target}
        described = {**provenance, "libraries": libraries, "inputs": inputs}
        (python / "PROVENANCE.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
        progress.say("      packing")
        pack(python, work / archive.name)
        digest = sha256_file(work / archive.name)
        (work / archive.name).replace(archive)
        write_atomically(checksum, f"{digest}\n")
