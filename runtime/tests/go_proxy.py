"""A file-based Go module proxy with a small module in the layout of the python-build-standalone module."""

import gzip
import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.fetch.go_module import TREES, module_sum
from runtime.fetch.pins import GoModulePin
from runtime.targets import is_windows
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, build_details
from runtime.tests.native_files import version_resource

MODULE = "example.com/python-trees"
DIRECTORY = 1 << 31


def version_of(python: str) -> str:
    """Version of the module that contains a version of CPython."""
    return f"v0.0.0-{python}-20260610-1"


def _files(target: str, python: str) -> dict[str, bytes]:
    if is_windows(target):
        return {"python.exe": b"x", "python314.dll": version_resource(python), "Lib/os.py": b"sep = ''\n"}
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(python)}
    return {name.removeprefix("python/"): text.encode() for name, text in files.items()}


def _write_tree(archive: zipfile.ZipFile, root: str, files: dict[str, bytes], links: dict[str, str]) -> None:
    entries: list[dict[str, object]] = [{"name": "bin", "size": 0, "perm": DIRECTORY | 0o755}]
    for name, content in files.items():
        # The module's generator compresses a file if that reduces its size.
        compressed = len(content) > 20
        entries.append({"name": name, "size": len(content), "perm": 0o644, "compressed": compressed})
        packed = gzip.compress(content, mtime=0) if compressed else content
        archive.writestr(f"{root}/{name}{'.gz' if compressed else ''}", packed)
    entries += [{"name": name, "size": 0, "perm": 0o777, "symlink": link} for name, link in links.items()]
    archive.writestr(f"{root}/files.json", json.dumps({"contentHash": "", "files": entries}))


def write_proxy(folder: Path, python: str) -> GoModulePin:
    """Write a proxy's files for one version of the module. Returns its pin."""
    version = version_of(python)
    versions = folder / MODULE / "@v"
    versions.mkdir(parents=True)
    go_mod = f"module {MODULE}\n"
    (versions / f"{version}.info").write_text(json.dumps({"Version": version}), encoding="utf-8")
    (versions / f"{version}.mod").write_text(go_mod, encoding="utf-8")
    links = {name.removeprefix("python/"): target for name, target in FAKE_LINKS.items()}
    with zipfile.ZipFile(versions / f"{version}.zip", "w") as archive:
        archive.writestr(f"{MODULE}@{version}/go.mod", go_mod)
        for target, tree in TREES.items():
            root = f"{MODULE}@{version}/python/internal/data/{tree}"
            _write_tree(archive, root, _files(target, python), {} if is_windows(target) else links)
    return GoModulePin(MODULE, version, module_sum(versions / f"{version}.zip"))


def use_proxy(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Configure `go` to use only this proxy and the module cache `cache`, whose folders are made writable at the end."""
    monkeypatch.setenv("GOPROXY", folder.as_uri())
    monkeypatch.setenv("GOMODCACHE", str(cache))
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    yield
    for path in cache.rglob("*"):
        if path.is_dir():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
