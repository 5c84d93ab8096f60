"""`python3 -m runtime`."""

import sys

if sys.version_info < (3, 11, 4):
    # tarfile's data filter (PEP 706), which unpack.py relies on, came with 3.11.4.
    sys.exit(
        f"error: the runtime tool needs Python 3.11.4 or newer; this is {sys.version.split()[0]} ({sys.executable})."
    )

from runtime.cli import main

sys.exit(main())
