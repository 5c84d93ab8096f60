"""The backend's source as it ships: a plain copy without tests and caches."""

import shutil
from pathlib import Path

from runtime.errors import InputMissingError
from runtime.integrity.digests import sha256_files

APP_SRC = "app_src"
"""Its folder in a tree."""
_LEFT_OUT = ("__pycache__", "tests")


def is_app(name: str) -> bool:
    """Whether a file of a tree, as its manifest names it, is the app's."""
    return name.startswith(f"{APP_SRC}/")


def app_files(app_source: Path) -> list[Path]:
    """The files that ship, sorted. Raises InputMissingError if the folder is no package."""
    if not (app_source / "__init__.py").is_file() and not (app_source / "__main__.py").is_file():
        raise InputMissingError(
            f"{app_source} holds no Python package. Restore python-backend/app from version control."
        )
    return sorted(
        path
        for path in app_source.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not set(_LEFT_OUT) & set(path.relative_to(app_source).parts)
    )


def app_sha256(app_source: Path) -> str:
    """sha256 over what ships."""
    return sha256_files(app_source, app_files(app_source))


def copy_app(app_source: Path, app_src: Path) -> None:
    """Copy what ships to `app_src`/app."""
    for path in app_files(app_source):
        copy = app_src / "app" / path.relative_to(app_source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
