"""Entry point of the frozen program: runs the app, or with the argument `probes` harness/unfrozen_probes."""

import multiprocessing
import sys

if __name__ == "__main__":
    # multiprocessing starts this program again for child processes.
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["probes"]:
        del sys.argv[1]
        from unfrozen_probes import suite  # type: ignore[import-not-found]  # in the archive

        sys.exit(suite.main())
    from app.__main__ import main

    sys.exit(main())
