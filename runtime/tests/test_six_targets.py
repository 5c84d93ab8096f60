"""Every target's tree, staged on the host: five from the real interpreters of the Go module, one from an archive in its layout.

All contain the real wheels of the lock. The five are skipped if neither Go nor a cached module is available.
"""

import dataclasses
import html
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.build.stage import Staging, Tools
from runtime.errors import SourceUnreachableError, ToolMissingError
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.fetch.go_module import TREES
from runtime.fetch.version import python_version
from runtime.host import environment
from runtime.host.progress import Progress
from runtime.integrity.authenticode import is_intact, is_signed
from runtime.integrity.code_signature import LINKER_SIGNED, code_signatures
from runtime.integrity.digests import sha256_file
from runtime.integrity.natives import Kind, natives
from runtime.integrity.portable_names import MAX_PATH_LENGTH, longest
from runtime.integrity.signature_check import check_signatures
from runtime.integrity.verify import verify
from runtime.inventory.components import Components
from runtime.inventory.licenses import licenses_page
from runtime.inventory.packages import interpreter_package, python_packages
from runtime.inventory.sbom import sbom
from runtime.project import Project
from runtime.targets import TARGETS, host_target, interpreter, interpreter_in, is_windows
from runtime.tests.conftest import REPO, no_startup_imports
from runtime.tests.identities import TEAM, apple_identity, windows_identity
from runtime.tests.native_files import is_stripped
from runtime.tests.real_layouts import archive_for
from scripts.release import signers
from scripts.release.signing_keys import VARIABLES

PROJECT = Project.at(REPO)
LOCKED = re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==(\S+)", PROJECT.lock_file.read_text(encoding="utf-8"))
KINDS = {"linux": Kind.ELF, "apple": Kind.MACH_O, "windows": Kind.PE}
MACHINES: dict[str, Callable[[bytes], bool]] = {
    "x86_64-unknown-linux-gnu": lambda data: data[18:20] == b"\x3e\0",
    "aarch64-unknown-linux-gnu": lambda data: data[18:20] == b"\xb7\0",
    "x86_64-apple-darwin": lambda data: data[:8] == b"\xcf\xfa\xed\xfe\x07\0\0\x01",
    "aarch64-apple-darwin": lambda data: data[:8] == b"\xcf\xfa\xed\xfe\x0c\0\0\x01",
    "x86_64-pc-windows-msvc": lambda data: pe_machine(data) == 0x8664,
    "aarch64-pc-windows-msvc": lambda data: pe_machine(data) == 0xAA64,
}
"""Whether a native file has the target's architecture: ELF e_machine, Mach-O cputype, COFF Machine."""


def pe_machine(data: bytes) -> int:
    at = int.from_bytes(data[60:64], "little") + 4
    return int.from_bytes(data[at : at + 2], "little")


@pytest.fixture(params=TARGETS, scope="module")
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A target and its tree, without bytecode (test_real_tree.py tests bytecode)."""
    target = str(request.param)
    project = dataclasses.replace(PROJECT, build_dir=tmp_path_factory.mktemp("build"))
    (project.build_dir / "tools").symlink_to(PROJECT.build_dir / "tools")
    if target != host_target():
        project.trees.mkdir()
        project.tree(host_target()).symlink_to(PROJECT.tree(host_target()))
    archive_request = ArchiveRequest(source=Source.GO_MODULE)
    if target not in TREES:
        archive = archive_for(target, project.build_dir / f"{target}.tar.gz")
        archive_request = ArchiveRequest(archive=archive, archive_sha256=sha256_file(archive))
    tools = Tools(compile=lambda *_: None, list_startup_imports=no_startup_imports, check=lambda *_: {})
    try:
        Staging(
            project, target, archive_request, environment.cache_dir(os.environ), Progress(io.StringIO()), tools
        ).run()
    except (ToolMissingError, SourceUnreachableError) as error:
        pytest.skip(str(error))
    return target, project.tree(target)


def test_every_locked_package_has_native_files_of_the_target_only(staged: tuple[str, Path]) -> None:
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
    # Not sqlalchemy, which has only a pure-Python wheel for macOS on x86_64.
    assert {"pydantic_core", "bcrypt", "_argon2_cffi_bindings"} <= {native.name.split("/")[0] for native in found}


def test_tree_has_the_layout_and_pth_of_the_target(staged: tuple[str, Path]) -> None:
    target, tree = staged
    stdlib = tree / ("python/Lib" if is_windows(target) else "python/lib/python3.14")
    (pth,) = tree.rglob("bundle.pth")
    assert pth == stdlib / "site-packages" / "bundle.pth"
    *lines, last = pth.read_text(encoding="utf-8").splitlines()
    joined = [(pth.parent / line).resolve() for line in lines]
    assert joined == [(tree / "app_src").resolve(), (tree / "site-packages").resolve()]
    assert last == "import packed_bytecode"
    assert interpreter_in(tree, target).is_file()
    excluded = ("idlelib", "ensurepip", "tkinter", "test", "pydoc_data", "venv", "_pydecimal.py", "site-packages/pip")
    assert [name for name in excluded if (stdlib / name).exists()] == []
    assert ((tree / "python" if is_windows(target) else stdlib) / "LICENSE.txt").is_file()
    top = {path.name for path in (tree / "python").iterdir()}
    libraries = {path.name for path in (tree / "python/DLLs").glob("*")}
    if is_windows(target):
        runtimes = {"vcruntime140.dll", "vcruntime140_1.dll"} & top
        assert top == {"DLLs", "Lib", "LICENSE.txt", "python.exe", "python3.dll", "python314.dll"} | runtimes
        assert {"_ssl.pyd", "libssl-3-x64.dll"} <= libraries
        assert not {
            name for name in libraries if name.startswith(("_test", "_ctypes_test", "_tkinter", "tcl", "tk", "zlib1"))
        }
    else:
        assert top == {"bin", "lib"}
        assert [path.name for path in (tree / "python/bin").iterdir()] == ["python3"]
        assert [path.name for path in (tree / "python/lib").iterdir()] == ["python3.14"]
        # All other extension modules are linked into the interpreter.
        assert [path.name for path in (stdlib / "lib-dynload").iterdir()] == [".empty"]


def test_stamp_has_the_version_of_the_files(staged: tuple[str, Path]) -> None:
    target, tree = staged
    stamp = verify(tree)
    assert stamp.python == python_version(tree / "python")
    assert (stamp.provenance, stamp.shippable) == (("Go module", False) if target in TREES else ("local archive", True))


def test_native_files_are_listed_in_signing_order(staged: tuple[str, Path]) -> None:
    target, tree = staged
    found = natives(tree)
    assert [native.name for native in found if native.program] == [str(interpreter(target))]
    assert found[-1].program
    depths = [native.name.count("/") for native in found[:-1]]
    assert depths == sorted(depths, reverse=True)
    named = {path for path in tree.rglob("*") if path.suffix in (".so", ".dylib", ".pyd", ".dll", ".exe")}
    assert named <= {tree / native.name for native in found}


def test_reports_list_the_interpreter_and_every_package(staged: tuple[str, Path]) -> None:
    _, tree = staged
    stamp = verify(tree)
    cpython, packages = interpreter_package(tree, stamp), python_packages(tree / "site-packages")
    assert {(package.name, package.version) for package in packages} == set(LOCKED)
    assert [package.name for package in (cpython, *packages) if not package.texts] == []
    found = Components(stamp, {"Python": [cpython], "Python packages": packages}, {})
    bill = json.loads(sbom(found, "application", "1.0.0"))
    assert f"pkg:generic/cpython@{stamp.python}" in {component["bom-ref"] for component in bill["components"]}
    assert html.escape(cpython.texts["LICENSE.txt"]) in licenses_page(found, "application")


def test_paths_are_portable(staged: tuple[str, Path]) -> None:
    _, tree = staged
    names = [path.relative_to(tree).as_posix() for path in tree.rglob("*")]
    assert not [path for path in tree.rglob("*") if path.is_symlink()]
    assert len({name.casefold() for name in names}) == len(names)
    # Compiling adds `__pycache__/` and a tag to every module's name.
    assert len(longest(names)) + len("__pycache__/.cpython-314") <= MAX_PATH_LENGTH


def test_only_elf_files_are_stripped(staged: tuple[str, Path]) -> None:
    target, tree = staged
    found = [native for native in natives(tree / "site-packages") if native.kind is Kind.ELF]
    assert bool(found) == ("linux" in target)
    assert [n.name for n in found if not is_stripped((tree / "site-packages" / n.name).read_bytes())] == []


def test_publishers_signatures_are_intact_in_the_staged_tree(staged: tuple[str, Path]) -> None:
    target, tree = staged
    found = {native: (tree / native.name).read_bytes() for native in natives(tree)}
    signed = {native.name for native, data in found.items() if native.kind is Kind.PE and is_signed(data)}
    assert [name for name in signed if not is_intact((tree / name).read_bytes())] == []
    signed_by_microsoft = {"python/vcruntime140.dll", "python/vcruntime140_1.dll"}
    assert signed == (signed_by_microsoft if target == "x86_64-pc-windows-msvc" else set())
    mach_o = [code_signatures(data) for native, data in found.items() if native.kind is Kind.MACH_O]
    by_linker = [signature for signatures in mach_o for signature in signatures if signature]
    assert all(signature.intact and signature.flags & LINKER_SIGNED for signature in by_linker)
    if "apple" in target:
        # The linker signs arm64 files ad hoc, because arm64 requires a signature.
        (signature,) = code_signatures(interpreter_in(tree, target).read_bytes())
        assert (signature is None) == target.startswith("x86_64")


def test_real_files_are_signed_by_the_program_for_their_format(
    staged: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, tree = staged
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    signable = [native for native in natives(tree / "site-packages") if native.kind is not Kind.ELF]
    if "linux" in target:
        assert signable == []
        return
    owner, tools = ("WINDOWS", ("osslsigncode", "openssl")) if is_windows(target) else ("APPLE", ("rcodesign",))
    for tool in tools:
        if not (signers.rcodesign() if tool == "rcodesign" else shutil.which(tool)):
            pytest.skip(f"{tool} is not installed: run `make test-signing`")
    identity = windows_identity(tmp_path) if is_windows(target) else apple_identity(tmp_path)
    monkeypatch.setenv(f"{owner}_CERTIFICATE_FILE", str(identity.p12))
    monkeypatch.setenv(f"{owner}_CERTIFICATE_PASSWORD_FILE", str(identity.password_file))
    monkeypatch.setenv("APPLE_TEAM_ID", TEAM)
    native = min(signable, key=lambda native: (tree / "site-packages" / native.name).stat().st_size)
    copy = dataclasses.replace(native, name="library")
    shutil.copy(tree / "site-packages" / native.name, tmp_path / copy.name)
    signers.sign_file(copy, tmp_path / copy.name, timestamp=False)
    check_signatures(tmp_path, [copy])
