"""Runs the staged interpreter by the launch contract, in an environment with misleading variables."""

import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runtime.app_source import APP_SRC, AppSource
from runtime.errors import SelfCheckError, StepFailedError
from runtime.host.environment import bare_env
from runtime.host.processes import run

CONTRACT_FLAGS = ("-I", "-B", "-u", "-X", "utf8")
"""docs/launch-contract.md, "Command"."""

PROBE = Path(__file__).with_name("probe.py")

_SYSTEM_LIBRARY = re.compile(
    r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|anl|gcc_s|stdc\+\+))([-.].*)?\.so.*|lib(c|m|gcc_s)\.so.*"
)
"""Libraries that manylinux (PEP 600) requires from the system: glibc and the compiler runtime."""


def _misleading_environment(decoys: Path, packages: Iterable[str]) -> dict[str, str]:
    """Variables that can make a bundled interpreter import other files, set to decoys that fail when used."""
    for module in ("json", "sqlite3", "sitecustomize", "usercustomize", *packages):
        (decoys / f"{module}.py").write_text(
            "raise SystemExit('a decoy was imported: ' + __file__)\n", encoding="utf-8"
        )
    for library in ("libsqlite3.so.0", "libssl.so.3", "libcrypto.so.3", "libz.so.1", "libffi.so.8", "libsqlite3.dylib"):
        (decoys / library).write_text("not a library\n", encoding="utf-8")
    misleading = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME")
    return (
        bare_env()
        | dict.fromkeys(misleading, str(decoys))
        | {"PYTHONSTARTUP": str(decoys / "json.py"), "LC_ALL": "POSIX"}
    )


def _snapshot(tree: Path) -> dict[str, tuple[int, int]]:
    stats = {path: path.stat() for path in tree.rglob("*")}
    return {str(path): (stat.st_size if path.is_file() else 0, stat.st_mtime_ns) for path, stat in stats.items()}


def _outside(tree: Path, paths: Iterable[str]) -> list[str]:
    root = tree.resolve()
    return [path for path in paths if not Path(path).resolve().is_relative_to(root)]


def self_check(tree: Path, interpreter: Path, version: str, app: AppSource) -> dict[str, Any]:
    """Probe a tree of the host target and return the report. Raises SelfCheckError with every deviation."""
    before = _snapshot(tree)
    with tempfile.TemporaryDirectory(prefix="decoys-") as folder:
        decoys = Path(folder)
        env = _misleading_environment(decoys, (Path(name).stem for name in app.packages))
        try:
            output = run(
                [interpreter, *CONTRACT_FLAGS, PROBE, app.module_name],
                what="probe the staged interpreter",
                env=env,
                cwd=decoys,
            )
            report: dict[str, Any] = json.loads(output.splitlines()[-1])
        except (StepFailedError, ValueError, IndexError) as error:
            raise SelfCheckError(f"The staged interpreter does not run by the launch contract. {error}") from error
    after = _snapshot(tree)
    native = [path for path in _outside(tree, report["native"]) if not _SYSTEM_LIBRARY.fullmatch(Path(path).name)]
    written = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    findings = {
        f"the version is not {version} but": [] if report["version"] == version else [report["version"]],
        "sys.prefix is outside": _outside(tree, [report["prefix"]]),
        "sys.path contains folders outside": _outside(tree, report["path"]),
        "modules loaded from outside": _outside(tree, report["modules"]),
        "libraries loaded from outside": native,
        "can't be imported": [f"{name} ({error})" for name, error in report["failed_imports"].items()],
        f"{app.module_name} is not found in {APP_SRC}": _outside(tree / APP_SRC, [report["app"]])
        if report["app"]
        else [f"no module named {app.module_name}"],
        "the interpreter wrote to": written,
    }
    problems = [f"{what}: {', '.join(found)}" for what, found in findings.items() if found]
    if problems:
        raise SelfCheckError(
            f"The new tree failed the self-check and was discarded: {'; '.join(problems)}. "
            "If a package is at fault, use another version of it, or check `exclude` in pyproject.toml, "
            "[tool.python-backend]; if the app is not found, check `module` there. If you passed --archive, check that "
            "archive. Otherwise report a bug in runtime/."
        )
    return report
