"""The last source: python-build-standalone trees from a Go module, repacked as install_only archives.

For hosts that reach a Go module proxy but not GitHub. `go mod download` downloads the module; its sum is verified here
against pins.json, so that no checksum database is needed. The trees lack ensurepip, idlelib, lib2to3, pydoc_data, test,
turtledemo and the headers, which staging removes anyway.
"""

import base64
import gzip
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from runtime.build.atomic import write_atomically
from runtime.errors import SourceRefusedError, SourceUnreachableError, ToolMissingError, WrongDigestError
from runtime.fetch.pins import GoModulePin, minor_of
from runtime.host.environment import tool_env
from runtime.host.lockfile import staging_lock
from runtime.host.processes import disk_full_error, execute
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.targets import is_windows

TREES = {
    "aarch64-apple-darwin": "darwin-arm64",
    "aarch64-unknown-linux-gnu": "linux-arm64",
    "x86_64-apple-darwin": "darwin-amd64",
    "x86_64-pc-windows-msvc": "windows-amd64",
    "x86_64-unknown-linux-gnu": "linux-amd64",
}
"""The module's folder for each supported target."""

LICENSE = "LICENSE.txt"
_DATA = "python/internal/data"
_DIRECTORY = 1 << 31
"""Go's fs.ModeDir, a bit of `perm` in `files.json`."""

INSTALL_GO = "Install Go (Debian: apt-get install golang-go; other systems: https://go.dev/dl), or set RUNTIME_ARCHIVE or RUNTIME_MIRROR."


def archive_path(pin: GoModulePin, target: str, cache: Path) -> Path:
    """The repacked archive's path in a cache folder."""
    folder = cache / "go-module" / hashlib.sha256(f"{pin.name} {pin.sum}".encode()).hexdigest()[:16]
    return folder / f"cpython-{pin.python}+{pin.release}-{target}-go-module.tar"


def go_module_archive(pin: GoModulePin, target: str, cache: Path, progress: Progress) -> Path:
    """Return the archive of a target, cached or repacked. Repacking is deterministic.

    Raises ToolMissingError (no Go), SourceUnreachableError, SourceRefusedError, WrongDigestError, DiskFullError.
    """
    archive = archive_path(pin, target, cache)
    checksum = archive.with_name(f"{archive.name}.sha256")
    with staging_lock(archive.with_name("lock"), progress):
        if archive.is_file() and checksum.is_file():
            if sha256_file(archive) == checksum.read_text(encoding="utf-8").strip():
                return archive
            progress.warn(f"The cached archive {archive} is damaged; repacking it.")
        module = _download(pin, progress)
        partial = archive.with_name(f"{archive.name}.part")
        _repack(module, pin, target, partial)
        partial.replace(archive)
        write_atomically(checksum, f"{sha256_file(archive)}\n")
    return archive


def _download(pin: GoModulePin, progress: Progress) -> Path:
    """Download the module's zip file into Go's module cache and verify its sum."""
    if shutil.which("go") is None:
        raise ToolMissingError(
            f"The Go module {pin.name} requires the `go` command, which is not installed. {INSTALL_GO}"
        )
    progress.info(f"    go mod download {pin.name} (about 150 MB, once)")
    # Runs outside any Go module and workspace, with the installed toolchain. The sum is verified below.
    env = tool_env(GOFLAGS="-mod=mod", GOWORK="off", GOTOOLCHAIN="local", GO111MODULE="on", GONOSUMDB=pin.module)
    done = execute(["go", "mod", "download", "-json", pin.name], env=env, cwd=Path(Path.cwd().anchor))
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        report = {"Error": (done.stderr or done.stdout).strip()}
    if done.returncode != 0 or "Zip" not in report:
        raise _download_error(pin, str(report.get("Error") or done.stderr.strip()))
    module = Path(report["Zip"])
    actual = module_sum(module)
    if actual != pin.sum:
        raise WrongDigestError(
            f"The Go module {pin.name} has the sum {actual}, but runtime/pins.json pins {pin.sum}. The module was not used. "
            "Check the Go proxy (`go env GOPROXY`); `go clean -modcache` removes the copy in Go's module cache."
        )
    return module


def _download_error(pin: GoModulePin, reason: str) -> Exception:
    if "no space left on device" in reason.lower():
        return disk_full_error(Path.home())
    text = f"The Go module {pin.name} can't be downloaded: {reason}\nCheck the Go proxy (`go env GOPROXY`)."
    if "SECURITY ERROR" in reason or "checksum mismatch" in reason:
        return WrongDigestError(text)
    was_refused = any(status in reason for status in ("403 Forbidden", "404 Not Found", "410 Gone"))
    return SourceRefusedError(text) if was_refused else SourceUnreachableError(text)


def module_sum(module: Path) -> str:
    """The `h1:` sum of a module's zip file (Go's dirhash package): a hash of all file names and their SHA-256."""
    with zipfile.ZipFile(module) as archive:
        lines = "".join(
            f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n" for name in sorted(archive.namelist())
        )
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def _repack(module: Path, pin: GoModulePin, target: str, archive: Path) -> None:
    """Write one tree as a tar archive with the root `python/`. It is uncompressed, so that its bytes do not depend on a compressor's version."""
    with zipfile.ZipFile(module) as source, tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        root, entries = _tree(source, pin, target)
        for name in sorted(entries):
            _add(tar, entries[name], _content(source, root, entries[name]))
        if is_windows(target):
            # Add the license at its path in the official Windows archive; the module lacks it there.
            root, entries = _tree(source, pin, "x86_64-unknown-linux-gnu")
            entry = entries[f"lib/python{minor_of(pin.python)}/{LICENSE}"]
            _add(tar, entry | {"name": LICENSE}, _content(source, root, entry))


def _tree(source: zipfile.ZipFile, pin: GoModulePin, target: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """The folder of a target in the module's zip file, and its entries by name."""
    root = f"{pin.name}/{_DATA}/{TREES[target]}"
    return root, {entry["name"]: entry for entry in json.loads(source.read(f"{root}/files.json"))["files"]}


def _content(source: zipfile.ZipFile, root: str, entry: dict[str, Any]) -> bytes:
    if entry["perm"] & _DIRECTORY or entry.get("symlink"):
        return b""
    if entry.get("compressed"):
        return gzip.decompress(source.read(f"{root}/{entry['name']}.gz"))
    return source.read(f"{root}/{entry['name']}")


def _add(tar: tarfile.TarFile, entry: dict[str, Any], content: bytes) -> None:
    member = tarfile.TarInfo(f"python/{entry['name']}")
    member.mode = 0o755 if entry["perm"] & (_DIRECTORY | 0o100) else 0o644
    if entry["perm"] & _DIRECTORY:
        member.type = tarfile.DIRTYPE
    elif entry.get("symlink"):
        member.type, member.linkname = tarfile.SYMTYPE, entry["symlink"]
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
