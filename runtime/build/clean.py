"""Removes what this package made: trees and tools in build/, and only if asked the archives that checkouts share."""

import shutil
from pathlib import Path

from runtime.host.lockfile import staging_lock
from runtime.host.progress import Progress
from runtime.project import Project


def clean(project: Project, target: str | None, cache: Path | None, progress: Progress) -> list[Path]:
    """One target's tree, or all trees, tools and logs; with `cache` that folder too. Returns what was there and is gone.

    Waits for a staging that is under way.
    """
    if target:
        doomed = [project.tree(target)]
    else:
        doomed = [
            project.trees,
            project.dev_packages,
            project.server_packages,
            project.tools_venv,
        ]
    if cache:
        doomed.append(cache)
    gone = []
    with staging_lock(project.build_dir / ".runtime.lock", progress):
        for path in doomed:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
            else:
                continue
            gone.append(path)
    return gone
