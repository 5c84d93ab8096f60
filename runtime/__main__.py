"""`python3 -m runtime`."""

import sys

from runtime.cli import main
from runtime.tool_environment import adopt

adopt()
sys.exit(main())
