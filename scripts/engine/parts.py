"""The engine's parts, as scripts/engine/parts.toml lists them."""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.integrity.digests import sha256_file

PARTS_FILE = "scripts/engine/parts.toml"
CHANGELOG = "CHANGELOG.md"
_HEADING = re.compile(r"^## \[?(\d+)\.(\d+)\.(\d+)\]?", re.MULTILINE)
_EXCLUDED_FOLDERS = {"__pycache__", "node_modules", "target", ".mypy_cache", ".ruff_cache", ".pytest_cache"}

Version = tuple[int, int, int]


class EngineError(Exception):
    """The command cannot continue. The message states the reason and what to do next. Nothing was changed."""


@dataclass(frozen=True)
class Part:
    """One folder of the engine. `path`, `keep` and `only` are POSIX paths; the last two are relative to `path`."""

    name: str
    path: str
    keep: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    """Files and folders of the part; empty for the entire folder."""
    optional: bool = False
    """Whether the part may be missing from an app."""

    def files(self, root: Path) -> dict[str, str]:
        """sha256 of each file of this part by its path relative to `root`, without ignored files and files of the app."""
        app_files = {f"{self.path}/{name}" for name in self.keep}
        return {
            name: sha256_file(root / name)
            for name in _list_files(root, self.path)
            if name not in app_files and self._includes(name.removeprefix(f"{self.path}/"))
        }

    def is_in(self, root: Path) -> bool:
        """Whether the project at `root` has the part: its folder and all paths of `only`."""
        return all((root / self.path / name).exists() for name in self.only or [""])

    def _includes(self, name: str) -> bool:
        return not self.only or any(name == path or name.startswith(f"{path}/") for path in self.only)

    def changelog(self, root: Path) -> str:
        """The text of the part's CHANGELOG.md. Raises EngineError when there is none."""
        try:
            return (root / self.path / CHANGELOG).read_text("utf-8")
        except OSError as error:
            raise EngineError(f"{root / self.path} has no {CHANGELOG}, so it is not an engine part.") from error

    def version(self, root: Path) -> Version:
        """The version in the first heading of the CHANGELOG. Raises EngineError when no heading has one."""
        found = _HEADING.search(self.changelog(root))
        if not found:
            raise EngineError(f"{self.path}/{CHANGELOG} in {root} has no heading with a version, such as `## 1.2.3`.")
        return (int(found[1]), int(found[2]), int(found[3]))

    def changes_since(self, root: Path, old: Version | None) -> str:
        """The sections of the CHANGELOG that are newer than `old`; all of them for None."""
        text = self.changelog(root)
        headings = list(_HEADING.finditer(text))
        ends = [*(heading.start() for heading in headings[1:]), len(text)]
        sections = [
            text[heading.start() : end].strip()
            for heading, end in zip(headings, ends, strict=True)
            if old is None or (int(heading[1]), int(heading[2]), int(heading[3])) > old
        ]
        return "\n\n".join(sections)


def read_parts(root: Path) -> dict[str, Part]:
    """The parts of the engine in the project at `root`, by name. Raises EngineError when the table is missing or invalid."""
    try:
        table = tomllib.loads((root / PARTS_FILE).read_text("utf-8"))
        return {
            name: Part(
                name,
                str(entry["path"]),
                tuple(map(str, entry.get("keep", ()))),
                tuple(map(str, entry.get("only", ()))),
                bool(entry.get("optional", False)),
            )
            for name, entry in table.items()
        }
    except FileNotFoundError as error:
        raise EngineError(
            f"{root} has no {PARTS_FILE}: it is not a project with an engine. Set FROM to a checkout of the template."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"{root / PARTS_FILE} is damaged ({error}). Restore it: git restore {PARTS_FILE}") from error


def installed_parts(root: Path) -> dict[str, Part]:
    """The parts that the project at `root` has. Raises as `read_parts`."""
    return {name: part for name, part in read_parts(root).items() if not part.optional or part.is_in(root)}


def _list_files(root: Path, path: str) -> list[str]:
    """Files in a folder: tracked and untracked files if `root` is a git checkout, otherwise all files except caches."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path]
        output = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
        return sorted({name for name in output.split("\0") if name and (root / name).is_file()})
    return sorted(
        file.relative_to(root).as_posix()
        for file in (root / path).rglob("*")
        if file.is_file() and not _EXCLUDED_FOLDERS.intersection(file.relative_to(root).parts)
    )
