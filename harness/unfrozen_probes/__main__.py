"""Run as a folder, which is then the one on sys.path: make it the package that it is, by whatever name it was copied to."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(__file__).parent
    sys.path[0] = str(folder.parent)
    sys.exit(importlib.import_module(f"{folder.name}.suite").main())
