"""Every target's tree, staged on this machine from an archive in the target's layout and the real wheels of the lock."""

import dataclasses
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.digests import sha256_file
from runtime.elf_strip import stripped
from runtime.names import LONGEST_PATH, longest
from runtime.natives import Kind, natives
from runtime.obtain import Request
from runtime.progress import Progress
from runtime.project import Project
from runtime.stage import Staging, Tools
from runtime.targets import TARGETS, host_target, interpreter_in, is_windows
from runtime.tests.conftest import REPO, nothing_imported
from runtime.tests.real_layouts import archive_for
from runtime.verify import verify

PROJECT = Project.at(REPO)
LOCKED = re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==(\S+)", PROJECT.lock_file.read_text(encoding="utf-8"))
KINDS = {"linux": Kind.ELF, "apple": Kind.MACH_O, "windows": Kind.PE}
MACHINES: dict[str, Callable[[bytes], bool]] = {
    "x86_64-unknown-linux-gnu": lambda data: data[18:20] == b"\x3e\0",
    "aarch64-unknown-linux-gnu": lambda data: data[18:20] == b"\xb7\0",
    "x86_64-apple-darwin": lambda data: data[:8] == b"\xcf\xfa\xed\xfe\x07\0\0\x01" or data[:4] == b"\xca\xfe\xba\xbe",
    "aarch64-apple-darwin": lambda data: data[:8] == b"\xcf\xfa\xed\xfe\x0c\0\0\x01" or data[:4] == b"\xca\xfe\xba\xbe",
    "x86_64-pc-windows-msvc": lambda data: pe_machine(data) == 0x8664,
    "aarch64-pc-windows-msvc": lambda data: pe_machine(data) == 0xAA64,
}
"""Whether a native file is for the target's processor: ELF e_machine, Mach-O cputype, COFF Machine."""


def pe_machine(data: bytes) -> int:
    at = int.from_bytes(data[60:64], "little") + 4
    return int.from_bytes(data[at : at + 2], "little")


@pytest.fixture(params=TARGETS, scope="module")
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A target and its tree. Only bytecode is left out: what it is compiled by is tested in test_real_tree."""
    target = str(request.param)
    project = dataclasses.replace(PROJECT, build_dir=tmp_path_factory.mktemp("build"))
    (project.build_dir / "tools").symlink_to(PROJECT.build_dir / "tools")
    if target != host_target():
        project.trees.mkdir()
        project.tree(host_target()).symlink_to(PROJECT.tree(host_target()))
    archive = archive_for(target, project.build_dir / f"{target}.tar.gz")
    asked = Request(archive=archive, archive_sha256=sha256_file(archive))
    tools = Tools(compile=lambda *_: None, imported_at_start=nothing_imported, check=lambda *_: {})
    Staging(project, target, asked, project.build_dir / "cache", Progress(io.StringIO()), tools).run()
    return target, project.tree(target)


def test_every_locked_package_is_there_with_natives_for_this_target_alone(staged: tuple[str, Path]) -> None:
    target, tree = staged
    verify(tree)
    folders = {path.name.lower().replace("-", "_") for path in tree.glob("site-packages/*.dist-info")}
    assert folders == {f"{name}-{version}.dist_info".replace("-", "_") for name, version in LOCKED}
    found = natives(tree / "site-packages")
    assert {native.kind for native in found} == {kind for system, kind in KINDS.items() if system in target}
    wrong = [
        native.name for native in found if not MACHINES[target]((tree / "site-packages" / native.name).read_bytes())
    ]
    assert wrong == []
    # Not sqlalchemy: for macOS on x86_64 there is only its pure-Python wheel.
    assert {"pydantic_core", "bcrypt", "_argon2_cffi_bindings"} <= {native.name.split("/")[0] for native in found}


def test_it_is_laid_out_and_joined_as_this_target_wants(staged: tuple[str, Path]) -> None:
    target, tree = staged
    stdlib = tree / ("python/Lib" if is_windows(target) else "python/lib/python3.13")
    (pth,) = tree.rglob("bundle.pth")
    assert pth == stdlib / "site-packages" / "bundle.pth"
    *lines, last = pth.read_text(encoding="utf-8").splitlines()
    joined = [(pth.parent / line).resolve() for line in lines]
    assert joined == [(tree / "app_src").resolve(), (tree / "site-packages").resolve()]
    assert last == "import packed_bytecode"
    assert interpreter_in(tree, target).is_file()
    gone = ("idlelib", "ensurepip", "tkinter", "test", "pydoc_data", "venv", "_pydecimal.py", "site-packages/pip")
    assert [name for name in gone if (stdlib / name).exists()] == []
    assert (stdlib / "LICENSE.txt").is_file()
    top = {path.name for path in (tree / "python").iterdir()}
    if is_windows(target):
        assert top == {"DLLs", "Lib", "python.exe", "python3.dll", "python313.dll", "vcruntime140.dll"}
        assert {path.name for path in (tree / "python/DLLs").iterdir()} == {"_ssl.pyd", "libssl-3-x64.dll"}
    else:
        assert top == {"bin", "lib"}
        assert [path.name for path in (tree / "python/bin").iterdir()] == ["python3"]
        assert [path.name for path in (tree / "python/lib").iterdir()] == ["python3.13"]


def test_it_fits_every_file_system(staged: tuple[str, Path]) -> None:
    _, tree = staged
    names = [path.relative_to(tree).as_posix() for path in tree.rglob("*")]
    assert not [path for path in tree.rglob("*") if path.is_symlink()]
    assert len({name.casefold() for name in names}) == len(names)
    # Compiling adds `__pycache__/` and a tag to every module's name.
    assert len(longest(names)) + len("__pycache__/.cpython-313") <= LONGEST_PATH


def test_only_elf_is_stripped_and_all_of_it(staged: tuple[str, Path]) -> None:
    target, tree = staged
    found = [native for native in natives(tree / "site-packages") if native.kind is Kind.ELF]
    assert bool(found) == ("linux" in target)
    assert [native.name for native in found if stripped((tree / "site-packages" / native.name).read_bytes())] == []
