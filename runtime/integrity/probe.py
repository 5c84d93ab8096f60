"""Script for the staged interpreter: prints its properties as one line of JSON."""

import ctypes
import importlib
import importlib.metadata
import importlib.util
import json
import sqlite3
import ssl
import sys
import zlib
from pathlib import Path


def _import_everything() -> dict[str, str]:
    """Import every top-level module of every installed distribution. Returns the errors by module."""
    failed = {}
    for name in sorted(importlib.metadata.packages_distributions()):
        if name.isidentifier():
            try:
                importlib.import_module(name)
            except Exception as error:
                failed[name] = repr(error)
    return failed


def _native_files() -> list[str]:
    """Shared libraries mapped into this process (Linux only)."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return []
    columns = (line.split(maxsplit=5) for line in maps.read_text(encoding="utf-8").splitlines())
    return sorted({row[5] for row in columns if len(row) == 6 and ".so" in row[5]})


def _module_files() -> list[str]:
    """The files of all imported modules except this script."""
    modules = [module for module in list(sys.modules.values()) if module is not sys.modules["__main__"]]
    return sorted({str(file) for module in modules if (file := getattr(module, "__file__", None))})


failed_imports = _import_everything()
app = importlib.util.find_spec(sys.argv[1])
print(
    json.dumps(
        {
            "version": ".".join(map(str, sys.version_info[:3])),
            "prefix": sys.prefix,
            "path": sys.path,
            "app": app.origin if app else None,
            "modules": _module_files(),
            "native": _native_files(),
            "failed_imports": failed_imports,
            "libraries": [ssl.OPENSSL_VERSION, sqlite3.sqlite_version, zlib.ZLIB_VERSION, ctypes.__name__],
        }
    )
)
