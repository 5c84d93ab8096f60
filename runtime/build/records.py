"""Keeps every package's RECORD (its list of files with hashes) true to what lies there after files were dropped or stripped."""

import base64
import csv
import hashlib
import io
from pathlib import Path


def _hash(path: Path) -> str:
    """As RECORD writes it: URL-safe base64 without padding."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def rewrite_records(site_packages: Path, changed: set[Path]) -> None:
    """Drop the lines of files that are gone, and hash those in `changed` anew."""
    for record in sorted(site_packages.glob("*.dist-info/RECORD")):
        with record.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
        rows_left = []
        for row in rows:
            path = site_packages / row[0]
            if path in changed:
                rows_left.append([row[0], _hash(path), str(path.stat().st_size)])
            elif path.is_file():
                rows_left.append(row)
        if rows_left != rows:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows_left)
            record.write_text(text.getvalue(), encoding="utf-8", newline="\n")
