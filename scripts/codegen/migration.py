"""Generate a migration from the models and test it: `make migration NAME="add due date"`. Run on the bundled interpreter."""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.project import ROOT, RUN
from scripts.run import add_to_path


def main() -> int:
    """Returns 0 if the migration was written and works, else 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--name", default=os.environ.get("MIGRATION_NAME", ""), help="description, such as: add due date"
    )
    parser.add_argument("--package", type=Path, default=ROOT / "python-backend", help="folder that contains app/")
    arguments = parser.parse_args()
    if not arguments.name.strip():
        parser.error('the name is missing: make migration NAME="add due date"')
    add_to_path(arguments.package.resolve())
    with tempfile.TemporaryDirectory() as empty:
        # Ignore the settings of this machine, such as another database or an invalid config.json.
        os.environ["DATA_DIR"] = empty
        os.environ.pop("DATABASE_URL", None)
        logging.disable()  # the error is printed
        from scripts.codegen.autogenerate import MigrationRefusedError, check_migration, write_migration

        try:
            path = write_migration(arguments.name.strip(), arguments.package.resolve())
            _format(path)
            print(f"Wrote {path}. Review it: a renamed column appears as a dropped and an added column.")
            check_migration()
        except MigrationRefusedError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    print(
        "Upgrade, downgrade and upgrade passed on a database with rows. The app migrates at its next start, after a backup."
    )
    return 0


def _format(path: Path) -> None:
    tool = [sys.executable, "-I", "-B", "-X", "utf8", RUN, "scripts.setup.with_dev_tools", "-m", "ruff"]
    quiet = ["--quiet", "--no-cache", str(path)]
    subprocess.run([*tool, "check", "--select", "F401,I", "--fix-only", *quiet], cwd=ROOT, check=False)
    subprocess.run([*tool, "format", *quiet], cwd=ROOT, check=False)


if __name__ == "__main__":
    sys.exit(main())
