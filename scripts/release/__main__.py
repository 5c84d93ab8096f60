"""Commands of the release workflow: `python3 -m scripts.release check TAG`, `python3 -m scripts.release collect`."""

import shutil
import sys

from runtime.host.tool_environment import apply_tool_environment
from runtime.project import Project
from runtime.targets import host_target
from scripts.project import ROOT

INSTALLERS = (".deb", ".rpm", ".AppImage", ".dmg", ".exe", ".app.tar.gz", ".sig")
"""File name suffixes of published installers."""

MACOS_ARCHIVE = ".app.tar.gz"
"""The updater's archive for macOS. The bundler does not include the architecture in its name."""


def check(project: Project, tag: str) -> int:
    """Return 0 if the tag is `v` and the app's version, else 1."""
    _, version = project.name_and_version()
    if tag == f"v{version}":
        return 0
    print(
        f"error: the tag is {tag}, but the version in frontend/package.json is {version}. Correct the version and commit, or tag the "
        f"commit v{version}.",
        file=sys.stderr,
    )
    return 1


def collect(project: Project, target: str) -> int:
    """Copy installers and reports to build/release. Spaces in names are replaced, because uploads change them."""
    bundles, destination = project.root / "src-tauri" / "target" / "release" / "bundle", project.build_dir / "release"
    installers = sorted(path for path in bundles.glob("*/*") if path.is_file() and path.name.endswith(INSTALLERS))
    if not installers:
        print(f"error: {bundles} contains no installer. Run `make build` first.", file=sys.stderr)
        return 1
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    for path in [*installers, project.report("sbom", target), project.report("licenses", target)]:
        name = path.name.replace(MACOS_ARCHIVE, f"_{target}{MACOS_ARCHIVE}").replace(" ", "-")
        shutil.copy2(path, destination / name)
        print(destination / name)
    return 0


def main(arguments: list[str], project: Project) -> int:
    match arguments:
        case ["check", tag]:
            return check(project, tag)
        case ["collect"]:
            return collect(project, host_target())
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main(sys.argv[1:], Project.at(ROOT)))
