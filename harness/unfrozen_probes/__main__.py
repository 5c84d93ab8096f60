"""Entry point of the folder: imports it as a package, under the name of the folder, so that relative imports work."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).parent
    sys.path.pop(0)
    sys.path.append(str(folder.parent))  # last, since harness/app.py must not shadow the package `app`
    sys.exit(importlib.import_module(f"{folder.name}.suite").main())
