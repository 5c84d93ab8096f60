"""Entry point. Imports the folder as a package under its name, so that relative imports work."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).parent
    sys.path.pop(0)
    sys.path.append(str(folder.parent))  # last, so that harness/app.py does not shadow the package `app`
    sys.exit(importlib.import_module(f"{folder.name}.suite").main())
