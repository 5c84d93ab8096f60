"""Run the app like `python -m`.

Arguments: source folder, checkout folder, module, then the module's arguments. Code objects get file names of the checkout. A
candidate dumps the traceback of a slow start, and that of a SystemExit outside `__main__.py`.
"""

import contextlib
import faulthandler
import importlib
import importlib.machinery
import os
import runpy
import sys
import traceback

SLOW_START_S = 1.2
"""Time after which a candidate dumps its traceback. Shorter than the supervisor's `candidate_slow_after`."""

source, origin, module = (sys.argv.pop(1) for _ in range(3))
load = importlib.machinery.SourceFileLoader.get_code


def get_code(self, fullname):
    """Compile a module with a `co_filename` in the checkout, for breakpoints and tracebacks.

    `__file__` remains in `source`, which contains the app's other files.
    """
    path = self.get_filename(fullname)
    if not path.startswith(source + os.sep):
        return load(self, fullname)
    return self.source_to_code(self.get_data(path), origin + path.removeprefix(source))


importlib.machinery.SourceFileLoader.get_code = get_code
sys.path.insert(0, source)
if os.environ.get("CANDIDATE"):
    for library in ("uvicorn", "fastapi", "sqlmodel"):  # imported before the timer starts: not part of the edit
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    faulthandler.dump_traceback_later(SLOW_START_S)  # canceled by the app after the handover
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as exit_request:
    *_, last = traceback.extract_tb(exit_request.__traceback__)
    if os.path.basename(last.filename) != "__main__.py":  # the app's regular exit
        traceback.print_exc()
    raise
finally:
    faulthandler.cancel_dump_traceback_later()  # the error must stay the last output
