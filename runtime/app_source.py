"""Selects and copies the backend's source files, without tests, caches and temporary files of tools."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import InputMissingError
from runtime.integrity.digests import sha256_files

APP_SRC = "app_src"
"""The app source's folder in a tree."""
_EXCLUDED_NAMES = {"__pycache__", "tests", "4913", ".DS_Store", "Thumbs.db", "desktop.ini"}
_EXCLUDED_SUFFIXES = (".pyc", "~", ".swp", ".swx", ".tmp", ".bak", ".orig", ".rej")
_EXCLUDED_PREFIXES = (".#", "#")


def is_excluded(name: str) -> bool:
    """Whether a file or folder name is excluded from the app source: tests, bytecode, temporary files of editors, merges and file managers."""
    return name in _EXCLUDED_NAMES or name.endswith(_EXCLUDED_SUFFIXES) or name.startswith(_EXCLUDED_PREFIXES)


def is_app_file(name: str) -> bool:
    """Whether a manifest entry is an app file."""
    return name.startswith(f"{APP_SRC}/")


@dataclass(frozen=True)
class PackageRules:
    """Rules for the packages in site-packages. Source: `[tool.python-backend]` in pyproject.toml."""

    exclude: tuple[str, ...] = ()
    """Files and folders to remove, as globs relative to site-packages."""
    without_bytecode: tuple[str, ...] = ()
    """Folders (no globs) without precompiled bytecode; an import compiles their modules in memory."""
    keep_docstrings: tuple[str, ...] = ()
    """Modules that need their docstrings at run time, as globs that match the end of the path."""


NO_RULES = PackageRules()


@dataclass(frozen=True)
class AppSource:
    """The table `[tool.python-backend]` in pyproject.toml, the only place that lists the backend's packages."""

    folder: Path
    packages: tuple[str, ...]
    """Packages and single modules (with `.py`) in `folder`."""
    module: str
    """The module for `python -m`, or an ASGI app as `module:attribute` for backend_host."""
    startup_modules: tuple[str, ...] = ()
    """Modules that staging imports to record the order of the startup imports, in which it packs the bytecode."""
    rules: PackageRules = NO_RULES

    @classmethod
    def read(cls, root: Path) -> "AppSource":
        """Read the table from the checkout at `root`. Raises InputMissingError."""
        try:
            table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["python-backend"]
            lists = [tuple(table.get(key, ())) for key in ("exclude", "without-bytecode", "keep-docstrings")]
            return cls(
                root / table["source"],
                tuple(table["packages"]),
                table["module"],
                tuple(table.get("startup-modules", table.get("preload", ()))),  # `preload` is its old name
                PackageRules(*lists),
            )
        except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
            raise InputMissingError(
                f"{root / 'pyproject.toml'} has no complete table [tool.python-backend]: {error!r}. Required keys: source, "
                "packages, module."
            ) from error

    @property
    def module_args(self) -> tuple[str, ...]:
        """The arguments for `python -m`."""
        return ("backend_host", self.module) if ":" in self.module else (self.module,)

    @property
    def module_name(self) -> str:
        """The app's module or package."""
        return self.module.partition(":")[0]

    def files(self) -> list[Path]:
        """The source files to ship, sorted. Raises InputMissingError if a package is missing."""
        found: list[Path] = []
        for name in self.packages:
            package = self.folder / name
            if package.is_file():
                found.append(package)
            elif (package / "__init__.py").is_file() or (package / "__main__.py").is_file():
                found += [path for path in package.rglob("*") if self._is_included(path) and path.is_file()]
            else:
                raise InputMissingError(
                    f"{package} is not a Python package. Restore it from version control, or correct `packages` in "
                    "pyproject.toml, [tool.python-backend]."
                )
        return sorted(found)

    def _is_included(self, path: Path) -> bool:
        return not any(map(is_excluded, path.relative_to(self.folder).parts))

    def sha256(self) -> str:
        """SHA-256 over the names and contents of the shipped files."""
        return sha256_files(self.folder, self.files())

    def copy(self, app_src: Path) -> None:
        """Copy the shipped files into `app_src`."""
        for path in self.files():
            copy = app_src / path.relative_to(self.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
