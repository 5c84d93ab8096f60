"""Run the app whose source lies at sys.argv[1]. One that is on trial shows where it hangs, and what made it end."""

import faulthandler
import os
import runpy
import sys
import traceback

HANGS_AFTER_S = 1.2

sys.path.insert(0, sys.argv.pop(1))
if os.environ.get("ON_TRIAL"):
    import fastapi  # noqa: F401 (takes its time, which is not the edit's)
    import sqlmodel  # noqa: F401
    import uvicorn  # noqa: F401

    faulthandler.dump_traceback_later(HANGS_AFTER_S)  # the app takes it back once it has taken over
try:
    runpy.run_module("app", run_name="__main__", alter_sys=True)
except SystemExit as end:
    *_, last = traceback.extract_tb(end.__traceback__)
    if os.path.basename(last.filename) != "__main__.py":  # which ends the app as it should
        traceback.print_exc()
    raise
finally:
    faulthandler.cancel_dump_traceback_later()  # a start that failed does not hang: its error is the last of the log
