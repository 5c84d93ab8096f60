"""Packs the bytecode of the standard library and site-packages into one file, which packed_bytecode.py reads."""

import json
import marshal
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runtime.build import packed_bytecode
from runtime.host.environment import bare_env
from runtime.host.processes import run
from runtime.targets import is_windows, stdlib

_ASK = (
    "import sys; early = list(sys.modules)\n"
    "import importlib, json\n"
    "for name in sys.argv[1:]: importlib.import_module(name)\n"
    "print(json.dumps({'early': early, 'app': list(sys.modules)}))"
)


@dataclass(frozen=True)
class Imported:
    """Modules imported at startup, in import order: by the interpreter before it can use the pack, then by the app."""

    early: list[str] = field(default_factory=list)
    app: list[str] = field(default_factory=list)


def imported_at_start(interpreter: Path, preload: Sequence[str]) -> Imported:
    """Run an interpreter of a tree with the app, without settings and with a temporary data dir. Raises StepFailedError."""
    with tempfile.TemporaryDirectory() as folder:
        # SQLAlchemy imports some modules in set order; a fixed hash seed makes it deterministic.
        env = bare_env(DATA_DIR=folder, PYTHONHASHSEED="0")
        command: list[str | Path] = [
            interpreter,
            "-s",
            "-P",
            "-B",
            "-X",
            "utf8",
            "-c",
            _ASK,
            *preload,
        ]  # -I ignores PYTHONHASHSEED
        said = run(command, what="ask what is imported", env=env, cwd=Path(folder))
    return Imported(**json.loads(said.splitlines()[-1]))


def _is_twin(module: Path) -> bool:
    return any(sibling.suffix in (".so", ".pyd") for sibling in module.parent.glob(f"{module.name}.*"))


def pack_bytecode(tree: Path, target: str, minor: str, imported: Imported) -> None:
    """Move the .pyc files of both folders into the pack, startup imports first. Modules imported before the pack retain their .pyc.

    So do all encodings (which one is imported early depends on the system) and Python modules that an extension module of
    the same name replaces.
    """
    library = tree / stdlib(target, minor)
    own = library / "site-packages"  # imported before the pack is available
    separator = "\\" if is_windows(target) else "/"
    rank = {name: place for place, name in enumerate(imported.app)}
    found = []
    for base in (library, tree / "site-packages"):
        for compiled in base.rglob("__pycache__/*.pyc"):
            if own in compiled.parents:
                continue
            module = compiled.parents[1] / compiled.name.split(".")[0]
            package = module.name == "__init__"
            module = module.parent if package else module
            dotted = ".".join(module.relative_to(base).parts)
            if dotted in imported.early or dotted.startswith("encodings.") or _is_twin(module):
                continue
            folder = separator.join(module.parent.relative_to(tree).parts)
            found.append((rank.get(dotted, len(rank)), folder, module.name, package, compiled))
    found.sort()
    folders: packed_bytecode.Folders = {}
    offset = 0
    for _, folder, name, package, compiled in found:
        size = compiled.stat().st_size
        folders.setdefault(folder, {})[name] = (package, offset, size)
        offset += size
    contents = (os.path.relpath(tree, own).replace(os.sep, separator), folders)
    index = marshal.dumps(contents, 2)  # version 3 and later depend on reference counts
    with (own / packed_bytecode.NAME).open("wb") as stream:
        stream.write(len(index).to_bytes(packed_bytecode.LENGTH, "little") + index)
        for *_, compiled in found:
            stream.write(compiled.read_bytes())
    for *_, compiled in found:
        compiled.unlink()
        if not any(compiled.parent.iterdir()):
            compiled.parent.rmdir()
