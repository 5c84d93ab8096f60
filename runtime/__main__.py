"""`python3 -m runtime`."""

import sys

from runtime.cli import main
from runtime.host.tool_environment import adopt, make_readable_files

adopt()
make_readable_files()
sys.exit(main())
