"""Extracts the frames of the checkout from a traceback's text, also when a copy of the code ran."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.project import ROOT

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
_BEGIN = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Frame:
    """One call in a file of the checkout; `code` is the source line, empty if it can't be read."""

    file: Path
    line: int
    function: str
    code: str

    @property
    def place(self) -> str:
        """File and line as editors and terminals link them; relative to the checkout inside of it."""
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
        """The error, its place and the source line there, in one line."""
        if not self.frames:
            return self.error
        innermost = self.frames[-1]
        return f"{self.error} ({innermost.place}{': ' * bool(innermost.code)}{innermost.code})"

    def __str__(self) -> str:
        return "\n".join([*map(str, self.frames), self.error])


def parse(text: str, package: Path, copies: list[Path]) -> Traceback | None:
    """The last traceback in `text`; None if there is none.

    `package` is the checkout's; `copies` are folders that hold copies of it, such as a generation's.
    """
    _, begin, last = text.rpartition(_BEGIN)
    if not begin:
        return None
    lines = last.splitlines()
    frames = [frame for line in lines if (frame := _own_frame(line, package, copies))]
    # An indented line is a frame's; the message of an exception may have several lines.
    ends = [at for at, line in enumerate(lines) if line.startswith(" ")]
    after = [line for line in lines[ends[-1] + 1 if ends else 0 :] if line.strip()]
    return Traceback(after[0].strip() if after else "", frames) if after or frames else None


def _own_frame(line: str, package: Path, copies: list[Path]) -> Frame | None:
    if not (found := _FRAME.match(line)):
        return None
    ran, number = Path(found["file"]), int(found["line"])
    for folder in [package, *copies]:
        if ran.is_relative_to(folder):
            return Frame(package / ran.relative_to(folder), number, found["function"], _line_of(ran, number))
    return None


def _line_of(file: Path, number: int) -> str:
    try:
        return file.read_text("utf-8").splitlines()[number - 1].strip()
    except (OSError, ValueError, IndexError):
        return ""
