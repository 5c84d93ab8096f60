"""Extracts the frames of the checkout from the text of a traceback, also if a copy of the code ran."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.project import ROOT

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
_BEGIN = "Traceback (most recent call last):"
_GROUP = f"Exception Group {_BEGIN}"
_MARGIN = re.compile(r"^ *(\| ?|\+[-+ ]*)", re.MULTILINE)
"""What Python puts before the lines of an exception group."""


@dataclass(frozen=True)
class Frame:
    """One call in a file of the checkout; `code` is the source line, empty if it cannot be read."""

    file: Path
    line: int
    function: str
    code: str

    @property
    def location(self) -> str:
        """`file:line`, which editors and terminals link. Relative to the checkout if the file is in it."""
        file = self.file.relative_to(ROOT) if self.file.is_relative_to(ROOT) else self.file
        return f"{file.as_posix()}:{self.line}"

    def __str__(self) -> str:
        code = f"\n    {self.code}" if self.code else ""
        return f'File "{self.file}", line {self.line}, in {self.function}{code}'


@dataclass(frozen=True)
class Traceback:
    """A traceback reduced to frames of the checkout."""

    error: str
    """The exception's line, such as `ValueError: no`."""
    frames: list[Frame]
    """Frames in the checkout, the innermost last."""

    @property
    def title(self) -> str:
        """The error, its location and the source line, in one line."""
        if not self.frames:
            return self.error
        innermost = self.frames[-1]
        return f"{self.error} ({innermost.location}{': ' * bool(innermost.code)}{innermost.code})"

    def __str__(self) -> str:
        return "\n".join([*map(str, self.frames), self.error])


def parse(text: str, package: Path, copies: list[Path]) -> Traceback | None:
    """The last traceback in `text`, in an exception group that of the last exception with one; None if there is none.

    `package` is in the checkout; `copies` are copies of it, such as in a generation.
    """
    if _GROUP in text:
        text = _MARGIN.sub("", text)
    _, begin, last = text.rpartition(_BEGIN)
    if not begin:
        return None
    lines = last.splitlines()
    frames = [frame for line in lines if (frame := _project_frame(line, package, copies))]
    # Lines of frames are indented. Further lines of the exception's message may be as well.
    error = next((line.strip() for line in lines if line.strip() and not line.startswith(" ")), "")
    return Traceback(error, frames) if error or frames else None


def _project_frame(line: str, package: Path, copies: list[Path]) -> Frame | None:
    if not (found := _FRAME.match(line)):
        return None
    file, number = Path(found["file"]), int(found["line"])
    for folder in [package, *copies]:
        if file.is_relative_to(folder):
            return Frame(package / file.relative_to(folder), number, found["function"], _source_line(file, number))
    return None


def _source_line(file: Path, number: int) -> str:
    try:
        return file.read_text("utf-8").splitlines()[number - 1].strip()
    except (OSError, ValueError, IndexError):
        return ""
