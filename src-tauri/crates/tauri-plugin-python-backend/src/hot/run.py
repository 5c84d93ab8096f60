"""Run the app like `python -m`.

Arguments: source folder, checkout folder, module, then the module's arguments. The shell runs this source after
source_paths.py. A candidate prints the traceback of a slow start; every process prints that of a SystemExit raised outside
`__main__.py`.
"""

import contextlib
import faulthandler
import importlib
import os
import runpy
import sys
import traceback

SLOW_START_S = 1.2
"""Time after which a candidate prints its traceback. Shorter than the supervisor's `candidate_slow_after`."""

source, origin, module = (sys.argv.pop(1) for _ in range(3))
checkout_by_source[source] = origin  # noqa: F821 (source_paths.py)
sys.path.insert(0, source)
if os.environ.get("CANDIDATE"):
    for library in ("uvicorn", "fastapi", "sqlmodel"):  # imported before the timer starts: not part of the edit
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    faulthandler.dump_traceback_later(SLOW_START_S)  # canceled by backend_host before it serves the shared socket
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as exit_request:
    *_, last = traceback.extract_tb(exit_request.__traceback__)
    if os.path.basename(last.filename) != "__main__.py":  # the app's regular exit is in `__main__.py`
        traceback.print_exc()
    raise
finally:
    faulthandler.cancel_dump_traceback_later()  # the error must stay the last output
