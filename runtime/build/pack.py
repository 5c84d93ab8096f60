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

_LIST_IMPORTS = (
    "import sys; early = list(sys.modules)\n"
    "import importlib, json\n"
    "for name in sys.argv[1:]: importlib.import_module(name)\n"
    "print(json.dumps({'early': early, 'app': list(sys.modules)}))"
)


@dataclass(frozen=True)
class StartupImports:
    """Modules imported at startup, in import order: `early` by the interpreter before the pack is available, then `app` by the app."""

    early: list[str] = field(default_factory=list)
    app: list[str] = field(default_factory=list)


def list_startup_imports(interpreter: Path, startup_modules: Sequence[str]) -> StartupImports:
    """Import `startup_modules` in a tree's interpreter, without settings and with a temporary data dir. Raises StepFailedError."""
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
            _LIST_IMPORTS,
            *startup_modules,
        ]  # -I ignores PYTHONHASHSEED
        advice = (
            "Check `startup-modules` in pyproject.toml. Another target's tree requires an up-to-date tree of the host: "
            "run `python3 -m runtime stage` first, without --target."
        )
        output = run(command, what="list the startup imports", advice=advice, env=env, cwd=Path(folder))
    return StartupImports(**json.loads(output.splitlines()[-1]))


def _has_extension_module(module: Path) -> bool:
    return any(sibling.suffix in (".so", ".pyd") for sibling in module.parent.glob(f"{module.name}.*"))


def pack_bytecode(tree: Path, target: str, minor: str, imported: StartupImports) -> None:
    """Move the .pyc files of the standard library and site-packages into the pack, startup imports first.

    These modules retain their .pyc: modules imported before the pack, all encodings (the one imported early depends on the
    system), and modules that an extension module of the same name replaces.
    """
    library = tree / stdlib(target, minor)
    interpreter_site = library / "site-packages"  # imported before the pack is available
    separator = "\\" if is_windows(target) else "/"
    rank = {name: position for position, name in enumerate(imported.app)}
    found = []
    for base in (library, tree / "site-packages"):
        for compiled in base.rglob("__pycache__/*.pyc"):
            if interpreter_site in compiled.parents:
                continue
            module = compiled.parents[1] / compiled.name.split(".")[0]
            package = module.name == "__init__"
            module = module.parent if package else module
            dotted = ".".join(module.relative_to(base).parts)
            if dotted in imported.early or dotted.startswith("encodings.") or _has_extension_module(module):
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
    contents = (os.path.relpath(tree, interpreter_site).replace(os.sep, separator), folders)
    index = marshal.dumps(contents, 2)  # version 3 and later depend on reference counts
    with (interpreter_site / packed_bytecode.FILE_NAME).open("wb") as stream:
        stream.write(len(index).to_bytes(packed_bytecode.INDEX_LENGTH_BYTES, "little") + index)
        for *_, compiled in found:
            stream.write(compiled.read_bytes())
    for *_, compiled in found:
        compiled.unlink()
        if not any(compiled.parent.iterdir()):
            compiled.parent.rmdir()
