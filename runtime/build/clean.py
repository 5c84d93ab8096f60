"""Removes trees, tools and packages in build/, and optionally the shared archive cache."""

import shutil
from pathlib import Path

from runtime.host.lockfile import staging_lock
from runtime.host.progress import Progress
from runtime.project import Project


def clean(project: Project, target: str | None, cache: Path | None, progress: Progress) -> list[Path]:
    """Remove one target's tree, or all trees, tools and packages, and the folder `cache` if given. Returns the removed paths.

    Waits for the staging lock.
    """
    if target:
        paths = [project.tree(target)]
    else:
        paths = [
            project.trees,
            project.dev_packages,
            project.server_packages,
            project.tools_venv,
        ]
    if cache:
        paths.append(cache)
    removed = []
    with staging_lock(project.build_dir / ".runtime.lock", progress):
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
            else:
                continue
            removed.append(path)
    return removed
