"""The staged tree, and a complete staging with the real interpreter, compiler and self-check."""

import dataclasses
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.build import packed_bytecode
from runtime.build.bytecode import bytecode_exclusion_pattern, compile_bytecode
from runtime.build.stage import Outcome, Staging, Tools
from runtime.errors import InputMissingError, SelfCheckError
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.fetch.pins import load_pins
from runtime.fetch.unpack import unpack
from runtime.host import environment
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.integrity.self_check import CONTRACT_FLAGS, self_check
from runtime.integrity.stamp import read_stamp
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import host_target, interpreter_in
from runtime.tests.conftest import PINNED_PYTHON, REPO, StagingProject, no_startup_imports, stub_install, write_archive
from runtime.tests.native_files import version_resource
from runtime.tests.test_pack import index_of, packed, unpacked

PROJECT = Project.at(REPO)
TREE = PROJECT.tree(host_target())
UNCHECKED_HASH = 0b01
"""Flags of a .pyc that is not checked against its source (PEP 552)."""

WITHOUT_BYTECODE = bytecode_exclusion_pattern(PROJECT.app_source.rules)
GLIBC = re.compile(r"/(ld\.so\.(cache|preload)|ld-linux[^/]*|lib(c|m|dl|rt|pthread|util|gcc_s)\.so\.\d+|gconv[^/]*)$")
"""Files of the system's C library, which the interpreter may open."""


@pytest.fixture(scope="module")
def moved_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the staged tree in another folder without mtimes, as installers create it."""
    copy = tmp_path_factory.mktemp("moved") / "Program Filés"
    shutil.copytree(TREE, copy, copy_function=shutil.copy)
    yield copy
    shutil.rmtree(copy)


def version_of(tree: Path) -> str:
    """The interpreter's version according to the stamp."""
    stamp = read_stamp(tree)
    assert stamp is not None
    return stamp.python


def test_tree_matches_its_manifest_and_has_no_links() -> None:
    verify(TREE)
    assert not [path for path in TREE.rglob("*") if path.is_symlink()]


def test_bytecode_stays_valid_after_copying() -> None:
    separate = unpacked(TREE)
    compiled = {path: data[:8] for path, data in (packed(TREE) | separate).items()}
    packages = [path for path in separate if TREE / "site-packages" in path.parents]
    assert all(list(path.parent.glob(f"{path.stem}.*.so")) for path in packages), (
        "only modules that an extension module replaces"
    )
    assert len([path for path in separate if TREE / "python" in path.parents and path.parent.name != "encodings"]) < 30
    assert compiled.keys() == {path for path in TREE.rglob("*.py") if not re.search(WITHOUT_BYTECODE, str(path))}
    assert len(compiled) > 1000
    assert {struct.unpack("<I", head[4:])[0] for head in compiled.values()} == {UNCHECKED_HASH}


def test_modules_without_bytecode_are_importable_and_unused_at_startup(tmp_path: Path) -> None:
    assert len([path for path in TREE.rglob("*.py") if re.search(WITHOUT_BYTECODE, str(path))]) > 100
    script = (
        "import re, sys, app.__main__, backend_host.serving.server, app.main, app.account_commands, backend_host.database.commands\n"
        "files = [getattr(module, '__file__', None) or '' for module in list(sys.modules.values())]\n"
        "assert len(files) > 500\n"
        "assert not [file for file in files if re.search(sys.argv[1], file)]\n"
        "import dns.resolver, sqlalchemy.dialects.mysql\n"
    )
    command = [str(interpreter_in(TREE, host_target())), "-I", "-B", "-X", "utf8", "-c", script, WITHOUT_BYTECODE]
    subprocess.run(command, env={"DATA_DIR": str(tmp_path)}, check=True)


def test_required_files_ship_and_excluded_files_do_not() -> None:
    assert list(TREE.glob("site-packages/fastapi-*.dist-info/METADATA"))
    assert list(TREE.glob("site-packages/alembic-*.dist-info/entry_points.txt"))
    assert list(TREE.glob("site-packages/*.dist-info/licenses/*"))
    excluded = (
        "**/idlelib",
        "**/ensurepip",
        "**/pip",
        "**/tkinter",
        "**/_dbm.*",
        "**/_sysconfig_vars*",
        "python/include",
        "site-packages/bin",
    )
    assert not [path for pattern in excluded for path in TREE.glob(pattern)]
    assert [path.name for path in TREE.glob("python/bin/*")] == ["python3"]


def test_moved_copy_passes_the_self_check(moved_tree: Path) -> None:
    report = self_check(moved_tree, interpreter_in(moved_tree, host_target()), version_of(TREE), PROJECT.app_source)
    assert report["app"] == str(moved_tree / "app_src" / "app" / "__init__.py")
    verify(moved_tree)


def test_self_check_uses_the_launch_contract_flags() -> None:
    contract = (REPO / "docs" / "launch-contract.md").read_text(encoding="utf-8")
    assert f"`<interpreter> {' '.join(CONTRACT_FLAGS)} -m app`" in contract


def test_self_check_detects_the_wrong_version(moved_tree: Path) -> None:
    with pytest.raises(SelfCheckError, match=r"the version is not 3\.0\.0"):
        self_check(moved_tree, interpreter_in(moved_tree, host_target()), "3.0.0", PROJECT.app_source)


def test_self_check_detects_a_missing_pth(moved_tree: Path) -> None:
    (pth,) = moved_tree.glob("python/**/bundle.pth")
    text = pth.read_text(encoding="utf-8")
    pth.write_text("", encoding="utf-8")
    try:
        with pytest.raises(SelfCheckError, match="no module named app"):
            self_check(moved_tree, interpreter_in(moved_tree, host_target()), version_of(TREE), PROJECT.app_source)
    finally:
        pth.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("module", ["platform", "sys", "zipimport"])
def test_self_check_detects_an_app_module_with_the_name_of_a_standard_module(moved_tree: Path, module: str) -> None:
    app = dataclasses.replace(PROJECT.app_source, module=f"{module}:app")
    with pytest.raises(SelfCheckError, match=f"{module} is not found in app_src: "):
        self_check(moved_tree, interpreter_in(moved_tree, host_target()), version_of(TREE), app)


@pytest.mark.parametrize(
    ("code", "match"),
    [
        ("import sys; sys.path.append('/outside')", "sys.path contains folders outside: /outside"),
        ("raise ImportError('broken wheel')", "can't be imported: .*broken wheel"),
        ("open(__file__ + '.log', 'w').close()", "the interpreter wrote to: .*hostile"),
        (
            "import sys, types; m = types.ModuleType('m'); m.__file__ = '/outside/m.py'; sys.modules['m'] = m",
            "modules loaded",
        ),
    ],
)
def test_self_check_detects_a_misbehaving_package(moved_tree: Path, code: str, match: str) -> None:
    site = moved_tree / "site-packages"
    (site / "hostile.py").write_text(code, encoding="utf-8")
    (site / "hostile-1.dist-info").mkdir()
    (site / "hostile-1.dist-info" / "METADATA").write_text("Name: hostile\nVersion: 1\n", encoding="utf-8")
    (site / "hostile-1.dist-info" / "top_level.txt").write_text("hostile\n", encoding="utf-8")
    try:
        with pytest.raises(SelfCheckError, match=match):
            self_check(moved_tree, interpreter_in(moved_tree, host_target()), version_of(TREE), PROJECT.app_source)
    finally:
        for leftover in site.glob("hostile*"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_interpreter_opens_no_python_file_or_library_of_the_system(moved_tree: Path, tmp_path: Path) -> None:
    log, code = tmp_path / "strace.log", "import ssl, sqlite3, ctypes, fastapi, sqlmodel, alembic, uvicorn, pwdlib, jwt"
    trace = ["strace", "-f", "-qq", "-e", "trace=open,openat,execve", "-e", "signal=none", "-o", str(log)]
    interpreter = interpreter_in(moved_tree, host_target())
    subprocess.run([*trace, interpreter, *CONTRACT_FLAGS, "-c", code], check=True, env={"PATH": os.environ["PATH"]})
    lines = log.read_text(encoding="utf-8").splitlines()
    opened = {line.split('"')[1] for line in lines if '"' in line and "ENOENT" not in line}
    # strace escapes non-ASCII characters, so compare with the parent folder.
    outside = {path for path in opened if str(moved_tree.parent) not in path}
    libraries = {path for path in outside if ".so" in path and not GLIBC.search(path)}
    python = {path for path in outside if "python" in path.lower() or path.endswith((".py", ".pyc", ".pth"))}
    assert (libraries, python) == (set(), set())
    assert len(opened) > len(outside)


@pytest.fixture
def repacked(staging_project: StagingProject) -> StagingProject:
    """A staging_project whose archive is the staged interpreter, repacked as an install_only archive."""

    def without_bytecode_and_pth(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if member.name.endswith(("/__pycache__", "/bundle.pth")) else member

    with tarfile.open(staging_project.archive, "w:gz", compresslevel=1) as tar:
        tar.add(TREE / "python", "python", filter=without_bytecode_and_pth)
    staging_project.pin("http://127.0.0.1:9/{target}")
    pins = json.loads(staging_project.project.pins_file.read_text(encoding="utf-8"))
    staging_project.project.pins_file.write_text(json.dumps(pins | {"python": version_of(TREE)}), encoding="utf-8")
    return staging_project


def test_staging_with_the_real_interpreter(repacked: StagingProject) -> None:
    tools = Tools(install=stub_install, list_startup_imports=no_startup_imports)
    assert repacked.staging(tools=tools).run() is Outcome.STAGED
    verify(repacked.tree)
    command: list[str | Path] = [interpreter_in(repacked.tree, host_target()), *CONTRACT_FLAGS, "-m", "app.main"]
    assert subprocess.run(command, cwd="/", capture_output=True).returncode == 0
    (repacked.app / "main.py").write_text("raise SystemExit(7)\n", encoding="utf-8")
    assert repacked.staging(tools=tools).run() is Outcome.APP_REFRESHED
    assert subprocess.run(command, cwd="/", capture_output=True).returncode == 7
    verify(repacked.tree)


def test_foreign_target_is_compiled_by_the_host_tree(staging_project: StagingProject) -> None:
    target = "x86_64-pc-windows-msvc"
    files = dict.fromkeys(
        (
            "python.exe",
            "Lib/os.py",
            "Lib/colorsys.py",
            "Lib/idlelib/idle.py",
            "tcl/x.tcl",
            "DLLs/_ssl.pyd",
            "libs/x.lib",
        ),
        "",
    )
    with tarfile.open(write_archive(staging_project.archive, {}), "w") as tar:
        library = tarfile.TarInfo("python/python314.dll")
        library.size = len(resource := version_resource(PINNED_PYTHON))
        tar.addfile(library, io.BytesIO(resource))
        for name in files:
            tar.addfile(tarfile.TarInfo(f"python/{name}"))
    archive = staging_project.archive
    request = ArchiveRequest(archive=archive, archive_sha256=sha256_file(archive))
    tools = Tools(stub_install, check=lambda *_: pytest.fail("ran a foreign interpreter"))
    with pytest.raises(InputMissingError, match="without --target"):
        staging_project.staging(request, tools, target).run()
    staging_project.project.tree(host_target()).symlink_to(TREE)
    staging_project.staging(request, tools, target).run()
    tree = staging_project.project.tree(target)
    interpreter_site = tree / "python/Lib/site-packages"
    assert (interpreter_site / "bundle.pth").read_text(encoding="utf-8").splitlines() == [
        *("../../../app_src", "../../../site-packages", "import packed_bytecode")
    ]
    to_root, folders = index_of(interpreter_site / packed_bytecode.FILE_NAME)
    assert (to_root, sorted(folders)) == (r"..\..\..", [r"python\Lib", "site-packages"])
    assert sorted(path.name for path in (tree / "python").iterdir()) == ["DLLs", "Lib", "python.exe", "python314.dll"]
    assert not (tree / "python/Lib/idlelib").exists()
    assert list((tree / "app_src/app/__pycache__").glob("main.*.pyc"))
    verify(tree)


def test_bytecode_does_not_depend_on_the_compile_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compileall.py").write_text("raise SystemExit('a decoy')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    digests = []
    for name in ("one", "another place"):
        (tmp_path / name / "app").mkdir(parents=True)
        (tmp_path / name / "app" / "x.py").write_text("def f(): return f\n", encoding="utf-8")
        compile_bytecode(interpreter_in(TREE, host_target()), tmp_path / name, [tmp_path / name / "app"])
        (compiled,) = (tmp_path / name).rglob("*.pyc")
        digests.append(sha256_file(compiled))
    assert digests[0] == digests[1]


def test_libpython_of_the_archive_is_unused_and_removed(tmp_path: Path) -> None:
    stamp = read_stamp(TREE)
    assert stamp is not None
    assert not list(TREE.rglob("libpython*"))
    if stamp.shippable:
        pytest.skip("the staged archive may no longer be in the cache")
    if sys.platform != "linux":
        pytest.skip("requires the Linux archive's libpython and ldd")
    pins, cache = load_pins(PROJECT.pins_file), environment.cache_dir(os.environ)
    staging = Staging(PROJECT, host_target(), ArchiveRequest(source=Source.GO_MODULE), cache, Progress(io.StringIO()))
    python = unpack(staging.resolve_archive(pins, pins.for_target(host_target())).path, tmp_path)
    (library,) = python.glob("lib/libpython3.*.so.1.0")
    load = f"import ctypes; library = ctypes.CDLL({str(library)!r}); library.Py_GetVersion.restype = ctypes.c_char_p; "
    command: list[str | Path] = [interpreter_in(TREE, host_target()), "-I", "-B", "-c"]
    command.append(f"{load}print(library.Py_GetVersion().decode())")
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith(stamp.python)
    for program in (python / "bin" / "python3", interpreter_in(TREE, host_target())):
        assert "libpython" not in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
