"""The Python code with which a debug build's shell runs the backend, for scripts that run it without the shell."""

from pathlib import Path

from runtime.app_source import AppSource
from scripts.project import ROOT

DEBUGGER = "BACKEND_DEBUGGER"
"""Environment variable with the folder that contains debugpy, read by a debug build's shell and its backends."""
_FOLDER = ROOT / "src-tauri/crates/tauri-plugin-python-backend/src/hot"


def program_code(*, with_debugger: bool) -> str:
    """Python code for `-c`, which takes `program_arguments`.

    With `with_debugger`, `breakpoint()` stops in pdb or in the attached editor. Without it, `breakpoint()` does nothing.
    """
    if with_debugger:
        debugger = (_FOLDER / "debugger.py").read_text("utf-8")
    else:
        debugger = "import sys\nsys.breakpointhook = lambda *_, **__: None\n"
    return debugger + "".join((_FOLDER / name).read_text("utf-8") for name in ("source_paths.py", "run.py"))


def program_arguments(source: Path, origin: Path) -> list[str]:
    """`source` contains the packages to run; tracebacks and breakpoints use the paths in `origin`."""
    return [str(source), str(origin), *AppSource.read(ROOT).module_args]
