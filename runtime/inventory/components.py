"""Every component of an installer in four groups, and the groups that cannot be listed on this machine."""

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
    """What a staged tree, and a checkout's shell and UI, are made of. Raises TreeDamagedError if nothing is staged."""
    stamp = read_stamp(tree)
    if stamp is None:
        raise TreeDamagedError(f"{tree} has no stamp this version can read. Run `python3 -m runtime stage`.")
    groups = {"Python": [interpreter_package(tree, stamp)], "Python packages": python_packages(tree / "site-packages")}
    missing = {}
    for heading, found, advice in (
        ("Libraries in the interpreter", interpreter_libraries(tree, stamp.target), f"this on {stamp.target}"),
        ("Rust crates", crate_packages(project.root / "src-tauri" / "Cargo.toml", stamp.target), "make setup"),
        ("npm packages", npm_packages(project.frontend), "make setup"),
    ):
        if found is None:
            missing[heading] = advice
        else:
            groups[heading] = found
    return Components(stamp, groups, missing)
