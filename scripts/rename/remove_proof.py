"""Deletes proof/ (the template's benchmarks and its comparison with PyInstaller), its pages and the links to them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from runtime.build.atomic import write_atomically
from scripts.engine.parts import read_parts

FOLDER = "proof"
PATHS = (FOLDER, "docs/benchmarks.md", "docs/benchmarks.json", "docs/benchmarks.svg", "docs/unfrozen.md")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def remove_proof(root: Path, *, dry_run: bool) -> list[str]:
    """Delete PATHS and the links to them in the project's pages, except in engine parts. Returns a report as lines."""
    pages = {page: text for page in _pages(root) if (text := without_links(root, page)) is not None}
    removed = [path for path in PATHS if (root / path).exists()]
    if not dry_run:
        for page, text in pages.items():
            write_atomically(page, text)
        for path in removed:
            if (root / path).is_dir():
                shutil.rmtree(root / path)
            else:
                (root / path).unlink()
    return [
        "Would delete:" if dry_run else "Deleted:",
        *(f"  {path}" for path in removed),
        "Would remove links in:" if dry_run else "Removed links in:",
        *(f"  {page.relative_to(root).as_posix()}" for page in pages),
    ]


def without_links(root: Path, page: Path) -> str | None:
    """The page without links to PATHS and rows about proof/; None if it has none.

    A link is replaced by its text. A list item or table row that begins with such a link is deleted.
    """

    def is_removed(target: str) -> bool:
        try:
            path = (page.parent / target).resolve().relative_to(root.resolve()).as_posix()
        except ValueError:
            return False
        return any(path == removed or path.startswith(f"{removed}/") for removed in PATHS)

    lines = []
    before = page.read_text("utf-8")
    for line in before.splitlines(keepends=True):
        found = _LINK.match(line.lstrip("-|* "))
        if (found and line.lstrip() != line.lstrip("-|* ") and is_removed(found[3])) or line.startswith(
            ("| proof |", f"| `{FOLDER}/`")
        ):
            continue
        lines.append(_LINK.sub(lambda link: link[2] if is_removed(link[3]) else link[0], line))
    after = "".join(lines)
    return None if after == before else after


def _pages(root: Path) -> Iterator[Path]:
    engine = tuple(f"{part.path}/" for part in read_parts(root).values())
    for page in [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("*/*.md")]:
        name = page.relative_to(root).as_posix()
        if name not in PATHS and not name.startswith((*engine, f"{FOLDER}/", "build/", "docs/docs/")):
            yield page
