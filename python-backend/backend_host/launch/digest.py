"""The code digest, which identifies the source code of this process."""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path


def code_digest(packages: Sequence[str]) -> str:
    """Return `sha256:` and the hex digest over names and contents of the source files of `packages`, sorted by path.

    The host is included if it is in the same folder as the packages. A host in site-packages is not;
    requirements.lock pins it.
    Raises ImportError for an unknown package.
    """
    roots = [_root(name) for name in packages]
    source = roots[0].parent
    host = Path(__file__).parents[1]  # not a constant: standby.py changes `__file__` after the import
    if host.parent == source:
        roots.append(host)
    digest = hashlib.sha256()
    files = {file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))}
    for path in sorted(files, key=lambda path: path.parts):  # paths of Windows are compared without case
        if path.is_file() and path.suffix != ".pyc":
            content = path.read_bytes()
            digest.update(f"{path.relative_to(source).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return f"sha256:{digest.hexdigest()}"


def _root(name: str) -> Path:
    """Return the folder of a package or the file of a module."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f"No package named {name!r}")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
