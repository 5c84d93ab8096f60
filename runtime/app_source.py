"""The backend's source as it ships: a plain copy without tests, caches and leftovers of tools."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import InputMissingError
from runtime.integrity.digests import sha256_files

APP_SRC = "app_src"
"""Its folder in a tree."""
_LEFT_OUT = {"__pycache__", "tests", "4913", ".DS_Store", "Thumbs.db", "desktop.ini"}
_EXCLUDED_SUFFIXES = (".pyc", "~", ".swp", ".swx", ".tmp", ".bak", ".orig", ".rej")
_EXCLUDED_PREFIXES = (".#", "#")


def is_excluded(name: str) -> bool:
    """Whether a file or folder called `name` is not source: tests, bytecode, and what editors, merges and file managers leave."""
    return name in _LEFT_OUT or name.endswith(_EXCLUDED_SUFFIXES) or name.startswith(_EXCLUDED_PREFIXES)


def is_app(name: str) -> bool:
    """Whether a file of a tree, as its manifest names it, is the app's."""
    return name.startswith(f"{APP_SRC}/")


@dataclass(frozen=True)
class PackageRules:
    """What is left out of site-packages: globs relative to it, from `[tool.python-backend]` of pyproject.toml."""

    exclude: tuple[str, ...] = ()
    """Files and folders that are removed."""
    without_bytecode: tuple[str, ...] = ()
    """Folders whose modules are not compiled ahead; an import compiles them in memory."""
    keep_docstrings: tuple[str, ...] = ()
    """Modules that need their docstrings at run time."""


NO_RULES = PackageRules()


@dataclass(frozen=True)
class AppSource:
    """The table `[tool.python-backend]` of pyproject.toml: the only place that names the backend's packages."""

    folder: Path
    packages: tuple[str, ...]
    """Folders, or single modules with their `.py`, in `folder`."""
    module: str
    """What `python -m` runs, or an ASGI app as `module:attribute`, which backend_host serves."""
    preload: tuple[str, ...] = ()
    """What a start imports: the order of the packed bytecode."""
    rules: PackageRules = NO_RULES

    @classmethod
    def read(cls, root: Path) -> "AppSource":
        """The table of the checkout at `root`. Raises InputMissingError."""
        try:
            table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["python-backend"]
            lists = [tuple(table.get(key, ())) for key in ("exclude", "without-bytecode", "keep-docstrings")]
            return cls(
                root / table["source"],
                tuple(table["packages"]),
                table["module"],
                tuple(table.get("preload", ())),
                PackageRules(*lists),
            )
        except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
            raise InputMissingError(
                f"{root / 'pyproject.toml'} has no complete table [tool.python-backend]: {error!r}. It names source, "
                "packages and module."
            ) from error

    @property
    def module_args(self) -> tuple[str, ...]:
        """The arguments of `python -m`."""
        return ("backend_host", self.module) if ":" in self.module else (self.module,)

    @property
    def module_name(self) -> str:
        """The app's own module or package."""
        return self.module.partition(":")[0]

    def files(self) -> list[Path]:
        """The files that ship, sorted. Raises InputMissingError when a package is missing."""
        found: list[Path] = []
        for name in self.packages:
            package = self.folder / name
            if package.is_file():
                found.append(package)
            elif (package / "__init__.py").is_file() or (package / "__main__.py").is_file():
                found += [path for path in package.rglob("*") if self._ships(path) and path.is_file()]
            else:
                raise InputMissingError(
                    f"{package} is not a Python package. Restore it from version control, or correct `packages` in "
                    "pyproject.toml, [tool.python-backend]."
                )
        return sorted(found)

    def _ships(self, path: Path) -> bool:
        return not any(map(is_excluded, path.relative_to(self.folder).parts))

    def sha256(self) -> str:
        """sha256 over what ships."""
        return sha256_files(self.folder, self.files())

    def copy(self, app_src: Path) -> None:
        """Copy what ships into `app_src`."""
        for path in self.files():
            copy = app_src / path.relative_to(self.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
