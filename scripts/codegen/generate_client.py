"""Write the TypeScript client, then frontend/openapi.json, from the backend: `make generate-client`. Run on the bundled interpreter.

An interrupted run leaves the old document, which then differs from the backend's, so the change is detected.
"""

import subprocess
import sys

from runtime.host.tool_environment import apply_tool_environment
from scripts.hot_patch import api_changes


def main() -> int:
    try:
        api_changes.regenerate_client()
    except subprocess.CalledProcessError as error:
        print(
            f"{error.stderr}\nerror: the client was not generated. frontend/openapi.json is unchanged.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
