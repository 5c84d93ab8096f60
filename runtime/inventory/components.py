"""The components of an installer by group, and the groups that this host cannot list."""

from dataclasses import dataclass
from pathlib import Path

from runtime.errors import TreeDamagedError
from runtime.integrity.stamp import Stamp, read_stamp
from runtime.inventory.crates import crate_packages
from runtime.inventory.frontend_packages import npm_packages
from runtime.inventory.libraries import interpreter_libraries
from runtime.inventory.packages import Package, interpreter_package, python_packages
from runtime.project import Project


@dataclass(frozen=True)
class Components:
    """`groups` maps headings to packages; `missing` maps unavailable groups to the command that provides them."""

    stamp: Stamp
    groups: dict[str, list[Package]]
    missing: dict[str, str]

    def all(self) -> list[Package]:
        """All packages in group order."""
        return [package for group in self.groups.values() for package in group]


def components(tree: Path, project: Project) -> Components:
    """The components of a staged tree and of a checkout's shell and UI. Raises TreeDamagedError if no tree is staged."""
    stamp = read_stamp(tree)
    if stamp is None:
        raise TreeDamagedError(f"{tree} has no valid stamp.json. Run `python3 -m runtime stage`.")
    groups = {"Python": [interpreter_package(tree, stamp)], "Python packages": python_packages(tree / "site-packages")}
    missing = {}
    for heading, found, advice in (
        ("Libraries in the interpreter", interpreter_libraries(tree, stamp.target), f"this command on {stamp.target}"),
        ("Rust crates", crate_packages(project.root / "src-tauri" / "Cargo.toml", stamp.target), "make setup"),
        ("npm packages", npm_packages(project.frontend), "make setup"),
    ):
        if found is None:
            missing[heading] = advice
        else:
            groups[heading] = found
    return Components(stamp, groups, missing)
