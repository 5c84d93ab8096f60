"""Executes the code blocks of a guide in a checkout: runs shell blocks, applies diffs, writes files."""

import re
import subprocess
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:#|//) ([\w./-]+\.\w+)( \(at the end\))?\n")


def hunks(diff: str) -> list[tuple[str, str]]:
    """Old and new text of each hunk of a diff."""
    pairs = []
    for part in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = part.splitlines()
        assert all(line[:1] in {" ", "+", "-"} for line in lines), part
        old, new = ([line[1:] for line in lines if line[0] in marks] for marks in (" -", " +"))
        pairs.append(("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new)))
    return pairs


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each fenced code block."""
    return _BLOCK.findall(text)


def apply_guide(page: Path, checkout: Path) -> list[str]:
    """Execute all blocks and return the names of the files written. Raises AssertionError if the old text of a diff does not occur exactly once."""
    names = []
    for language, code in blocks(page.read_text("utf-8")):
        if language == "sh":
            subprocess.run(["sh", "-e", "-c", code], cwd=checkout, check=True)
        else:
            names.append(apply_block(language, code, checkout))
    return list(dict.fromkeys(names))


def apply_block(language: str, code: str, checkout: Path) -> str:
    """Write or change the file named in the first line of a block, and return its name."""
    head = _FILE.match(code)
    assert head, f"the first line of a block is not a file name: {code}"
    name, at_the_end = head.groups()
    _change_file(checkout / name, code[head.end() :], is_diff=language == "diff", at_the_end=bool(at_the_end))
    return str(name)


def _change_file(path: Path, code: str, *, is_diff: bool, at_the_end: bool) -> None:
    """Apply a diff to a file, append to it, or create it."""
    if is_diff:
        content = path.read_text("utf-8")
        for old, new in hunks(code):
            assert content.count(old) == 1, f"{path}: {old!r} occurs {content.count(old)} times"
            content = content.replace(old, new)
    elif at_the_end:
        content = f"{path.read_text('utf-8')}\n\n{code}"
    else:
        assert not path.exists(), f"{path} already exists"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = code
    path.write_text(content, "utf-8")
