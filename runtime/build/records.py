"""Updates each package's RECORD (file list with hashes) after files were removed or stripped."""

import base64
import csv
import hashlib
import io
from pathlib import Path


def _hash(path: Path) -> str:
    """SHA-256 in RECORD's format: URL-safe base64 without padding."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def rewrite_records(site_packages: Path, changed: set[Path]) -> None:
    """Remove the rows of missing files and update the hashes of the files in `changed`."""
    for record in sorted(site_packages.glob("*.dist-info/RECORD")):
        with record.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
        remaining = []
        for row in rows:
            path = site_packages / row[0]
            if path in changed:
                remaining.append([row[0], _hash(path), str(path.stat().st_size)])
            elif path.is_file():
                remaining.append(row)
        if remaining != rows:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(remaining)
            record.write_text(text.getvalue(), encoding="utf-8", newline="\n")
