"""Reads a guide's code blocks and applies them to a checkout, as its reader would."""

import re
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(?:#|//) ([\w./-]+\.\w+)( \(at the end\))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def hunks(diff: str) -> list[tuple[str, str]]:
    """What each part of a diff looks for, and what it puts there."""
    pairs = []
    for part in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = part.splitlines()
        assert all(line[:1] in {" ", "+", "-"} for line in lines), part
        old, new = ([line[1:] for line in lines if line[0] in marks] for marks in (" -", " +"))
        pairs.append(("\n".join(old) + "\n", "\n".join(new) + "\n"))
    return pairs


def apply(page: Path, checkout: Path) -> list[str]:
    """Do what every block says; gives the files. Fails on a block whose place is not there exactly once."""
    text = page.read_text("utf-8")
    blocks = _BLOCK.findall(text)
    assert len(blocks) == len(re.findall(r"^```\w+$", text, re.MULTILINE)), "a block names no file"
    for language, name, at_the_end, code in blocks:
        path = checkout / name
        if language == "diff":
            content = path.read_text("utf-8")
            for old, new in hunks(code):
                assert content.count(old) == 1, f"{name}: {old!r} is there {content.count(old)} times"
                content = content.replace(old, new)
        elif at_the_end:
            content = f"{path.read_text('utf-8')}\n\n{code}"
        else:
            assert not path.exists(), f"{name} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = code
        path.write_text(content, "utf-8")
    return list(dict.fromkeys(name for _, name, _, _ in blocks))
