"""Run the app whose source is in sys.argv[1], compiled as the files of the checkout in sys.argv[2], which a developer edits.

sys.argv[3] is the module that `python -m` would run; its arguments follow.

One that is on trial shows where it hangs, and what made it end.
"""

import contextlib
import faulthandler
import importlib
import importlib.machinery
import os
import runpy
import sys
import traceback

HANGS_AFTER_S = 1.2

source, origin, module = (sys.argv.pop(1) for _ in range(3))
load = importlib.machinery.SourceFileLoader.get_code


def get_code(self, fullname):
    """Code whose `co_filename` is in the checkout: that is where breakpoints are set, and what a traceback names.

    `__file__` stays in `source`, where the app's other files are.
    """
    path = self.get_filename(fullname)
    if not path.startswith(source + os.sep):
        return load(self, fullname)
    return self.source_to_code(self.get_data(path), origin + path.removeprefix(source))


importlib.machinery.SourceFileLoader.get_code = get_code
sys.path.insert(0, source)
if os.environ.get("CANDIDATE"):
    for library in ("uvicorn", "fastapi", "sqlmodel"):  # the time to import them is not the edit's
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    faulthandler.dump_traceback_later(HANGS_AFTER_S)  # the app takes it back once it has taken over
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as end:
    *_, last = traceback.extract_tb(end.__traceback__)
    if os.path.basename(last.filename) != "__main__.py":  # which ends the app as it should
        traceback.print_exc()
    raise
finally:
    faulthandler.cancel_dump_traceback_later()  # a start that failed does not hang: its error is the last of the log
