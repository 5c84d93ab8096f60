"""The program that runs a generation of the backend's code, as the shell of a debug build runs it."""

from scripts.project import ROOT

DEBUGGER = "BACKEND_DEBUGGER"
"""The variable that names the folder of debugpy, for the shell of a debug build and the backends that it starts."""
_FOLDER = ROOT / "src-tauri/crates/tauri-plugin-python-backend/src/hot"


def program(*, with_debugger: bool) -> str:
    """The text after `-c`. Its arguments: the folder that contains app/, and the one whose files its code names.

    `with_debugger`: `breakpoint()` waits for a prompt. Otherwise it does nothing: nobody is there to answer.
    """
    if with_debugger:
        debugger = (_FOLDER / "debugger.py").read_text("utf-8")
    else:
        debugger = "import sys\nsys.breakpointhook = lambda *_, **__: None\n"
    return debugger + (_FOLDER / "run.py").read_text("utf-8")
