"""Measure operations on 100,000 items of one owner: `make bench-items`. Run it on the bundled interpreter."""

import os
import tempfile

from scripts.project import ROOT
from scripts.run import add_to_path


def main() -> None:
    """Set the data dir, then import the app, which reads its settings on import."""
    with tempfile.TemporaryDirectory(prefix="bench-items-") as folder:
        os.environ.clear()
        os.environ["DATA_DIR"] = folder
        add_to_path(ROOT / "python-backend")
        from proof.bench_items.measurements import measure

        measure()


if __name__ == "__main__":
    main()
