"""The pack of bytecode in the staged tree: its contents and its equivalence to separate .pyc files."""

import json
import marshal
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.build import packed_bytecode
from runtime.build.pack import list_startup_imports
from runtime.errors import StepFailedError
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import Project
from runtime.targets import host_target, interpreter_in
from runtime.tests.conftest import REPO

TREE = Project.at(REPO).tree(host_target())


def index_of(pack: Path) -> tuple[str, packed_bytecode.Folders]:
    """The index of a pack: relative path to the tree's root, and the modules of each folder."""
    with pack.open("rb") as stream:
        length = int.from_bytes(stream.read(packed_bytecode.INDEX_LENGTH_BYTES), "little")
        to_root, folders = marshal.loads(stream.read(length))  # noqa: S302 (written by this project)
    return to_root, folders


def packed(tree: Path) -> dict[Path, bytes]:
    """The .pyc of each source whose bytecode is in the tree's pack, in the order of the pack."""
    (file,) = tree.rglob(packed_bytecode.FILE_NAME)
    pack = packed_bytecode.Pack(str(file.parent))
    modules_by_offset = sorted(
        (offset, size, tree / folder / (f"{name}/__init__.py" if package else f"{name}.py"))
        for folder, modules in pack.folders.items()
        for name, (package, offset, size) in modules.items()
    )
    found = {source: bytes(pack.read(offset, size)) for offset, size, source in modules_by_offset}
    pack.file.close()
    return found


def unpacked(tree: Path) -> dict[Path, bytes]:
    """The .pyc of each source whose bytecode is a separate file."""
    return {path.parents[1] / f"{path.name.split('.')[0]}.py": path.read_bytes() for path in tree.rglob("*.pyc")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the tree that tests may change."""
    made = tmp_path_factory.mktemp("packed") / "tree"
    shutil.copytree(TREE, made, copy_function=shutil.copy)
    yield made
    shutil.rmtree(made)


def run_code(tree: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in the tree's interpreter with the flags of the launch contract."""
    command = [str(interpreter_in(tree, host_target())), *CONTRACT_FLAGS, "-c", code, *arguments]
    return subprocess.run(command, env={}, capture_output=True, text=True, check=False)


def run_json(tree: Path, code: str, *arguments: str) -> Any:
    """Run code that prints JSON and return the value. Fails on a nonzero exit status and on output to stderr."""
    ran = run_code(tree, code, *arguments)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def test_startup_reads_the_head_of_the_pack_and_app_bytecode_only() -> None:
    code = (
        "import json, sys, app.__main__, app.main, backend_host.serving.server\n"
        "modules = [m for m in sys.modules.values() if (getattr(m, '__file__', None) or '').endswith('.py')]\n"
        "print(json.dumps([(m.__file__, type(m.__spec__.loader).__name__) for m in modules]))"
    )
    imported = run_json(TREE, code)
    assert isinstance(imported, list)
    packs = {Path(file) for file, loader in imported if loader == "PackedLoader"}
    others = {Path(file) for file, loader in imported if loader == "SourceFileLoader"}
    assert len(packs) > 500
    few = 10  # frozen modules, and modules that replaced their entry in sys.modules
    assert len(packs - set(list(packed(TREE))[: len(packs)])) < few
    assert {path for path in others if not path.is_relative_to(TREE / "app_src")} <= unpacked(TREE).keys()


def test_startup_module_that_is_not_in_the_tree_is_reported_with_the_next_step() -> None:
    with pytest.raises(
        StepFailedError, match=r"(?s)no_such_module.*startup-modules.*runtime stage` first, without --target"
    ):
        list_startup_imports(interpreter_in(TREE, host_target()), ["no_such_module"])


def test_packed_finder_finds_the_same_modules_as_python() -> None:
    code = (
        "import json, os, sys, packed_bytecode as packed\n"
        "pack = packed.Pack(os.path.dirname(packed.__file__))\n"
        "wrong = []\n"
        "for folder, modules in pack.folders.items():\n"
        "    here = os.path.join(pack.root, folder)\n"
        "    plain, ours = packed.FileFinder(here, *packed.LOADERS), pack.finder(here)\n"
        "    for name in modules:\n"
        "        specs = plain.find_spec(name), ours.find_spec(name)\n"
        "        found = [(s.origin, s.cached, s.submodule_search_locations, s.has_location) for s in specs]\n"
        "        if found[0] != found[1]: wrong.append(found)\n"
        "pack.file.close()\n"
        "print(json.dumps(wrong))"
    )
    assert run_json(TREE, code) == []


def test_sources_resources_and_tracebacks_refer_to_the_folder(tmp_path: Path) -> None:
    code = (
        "import importlib, importlib.resources, inspect, json, pkgutil, sys, fastapi, email.mime\n"
        "source = inspect.getsource(json)\n"
        "assert source == open(json.__file__, encoding='utf-8').read() == json.__loader__.get_source('json')\n"
        "assert fastapi.FastAPI.__init__.__code__.co_filename == fastapi.__file__.replace('__init__', 'applications')\n"
        "assert importlib.resources.files('fastapi').joinpath('py.typed').is_file()\n"
        "assert pkgutil.get_data('fastapi', 'py.typed') == b''\n"
        "assert 'base' in [module.name for module in pkgutil.iter_modules(email.mime.__path__)]\n"
        "assert importlib.reload(email.mime) is email.mime and email.mime.__spec__.submodule_search_locations\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import tabnanny\n"
        "print(json.dumps(tabnanny.__file__))"
    )
    (tmp_path / "tabnanny.py").write_text("", encoding="utf-8")
    assert run_json(TREE, code, str(tmp_path)) == str(tmp_path / "tabnanny.py"), (
        "the first folder on sys.path takes precedence"
    )


def test_threads_read_the_pack_concurrently() -> None:
    """Reads modules without executing them, because concurrent imports of a cycle see partly initialized modules, with or without a pack."""
    code = (
        "import json, sys, threading, zlib\n"
        "from importlib.machinery import PathFinder\n"
        "count, *names = sys.argv[1:]\n"
        "read, start = [], threading.Barrier(int(count))\n"
        "def read_all(number):\n"
        "    start.wait()\n"
        "    for name in names[number:] + names[:number]:\n"
        "        code = PathFinder.find_spec(name).loader.get_code(name)\n"
        "        read.append((name, zlib.crc32(code.co_code)))\n"
        "threads = [threading.Thread(target=read_all, args=(number,)) for number in range(int(count))]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(json.dumps([len(read), sorted(set(read))]))"
    )
    _, folders = index_of(next(TREE.rglob(packed_bytecode.FILE_NAME)))
    names = list(folders[next(folder for folder in folders if folder.endswith("python3.14"))])
    reads, modules = run_json(TREE, code, "8", *names)
    assert reads == 8 * len(names) > 1000
    assert modules == run_json(TREE, code, "1", *names)[1]


@contextmanager
def without_pack(tree: Path) -> Iterator[None]:
    """Rename the pack for the duration of the block."""
    (pack,) = tree.rglob(packed_bytecode.FILE_NAME)
    moved = pack.rename(pack.with_suffix(".moved"))
    try:
        yield
    finally:
        moved.rename(pack)


def test_tree_without_the_pack_runs_from_sources(copy: Path) -> None:
    with without_pack(copy):
        code = "import json, jwt; print(json.dumps(type(jwt.__loader__).__name__))"
        assert run_json(copy, code) == "SourceFileLoader"
