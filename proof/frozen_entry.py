"""The frozen program's start: the app, or with the word `probes` the probes of harness/unfrozen_probes."""

import multiprocessing
import sys

if __name__ == "__main__":
    # Children of multiprocessing are this program once more.
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["probes"]:
        del sys.argv[1]
        from unfrozen_probes import suite  # type: ignore[import-not-found]  # in the archive

        sys.exit(suite.main())
    from app.__main__ import main

    sys.exit(main())
