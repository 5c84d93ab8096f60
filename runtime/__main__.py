"""`python3 -m runtime`."""

import sys

from runtime.cli import main
from runtime.host.tool_environment import apply_tool_environment, set_world_readable_umask

apply_tool_environment()
set_world_readable_umask()
sys.exit(main())
