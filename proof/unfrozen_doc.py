"""Write docs/unfrozen.md, the results of the probes on the staged tree and on the frozen app: `make unfrozen`.

Builds the frozen app first if needed (about a minute), and compresses the trees (another minute).
"""

import argparse
import sys
from pathlib import Path

from harness.unfrozen import probe_frozen, probe_tree
from harness.unfrozen_probes.base import PROBES, title
from harness.unfrozen_probes.suite import ProbeResult, Report
from proof.frozen_app import FrozenPrograms, frozen_app
from runtime.build.atomic import write_atomically
from runtime.build.uv import locked_requirement
from runtime.errors import RuntimeStagingError, ToolMissingError
from runtime.host.progress import Progress
from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.stamp import read_stamp
from runtime.inventory.sizes import archive, compressor
from runtime.project import Project
from runtime.targets import host_target
from scripts.project import ROOT

DOCUMENT = ROOT / "docs" / "unfrozen.md"
ZSTD_LEVEL = 19

TEXT = """# Unfrozen and frozen Python compared

Explanation. `make unfrozen` writes this page. It runs [one suite of probes](../harness/unfrozen_probes/) on the staged tree, with the command of the launch
contract, and in the same app frozen by PyInstaller. `make test` runs the probes on the tree only.

The frozen app has the same CPython, unmodified wheels, all metadata and data files, the hidden imports,
the app's sources in addition to its bytecode, UTF-8 mode and a call of `freeze_support`
([frozen_app.spec](../proof/frozen_app.spec)). Each "no" states the reason.

CPython {python} ({provenance}), {pyinstaller}, {target}.

| feature | unfrozen | PyInstaller, one file | PyInstaller, one folder |
|---|---|---|---|
{rows}

The probe edits a copy of the app's source outside the tree and runs it with the tree's interpreter, as `make dev` does. An edit of an app file inside the staged tree takes effect after its
bytecode is deleted, because Python does not compare this bytecode with its source ([reason](runtime-tree.md#steps-of-staging)). The tree intentionally lacks pip, venv, tkinter,
IDLE and the test suites ([prune.py](../runtime/build/prune.py), [slim.py](../runtime/build/slim.py)).

## Size

| | files | on disk, MB | zstd -{level}, MB |
|---|---:|---:|---:|
{sizes}

1 MB is 10\u2076 bytes. The single file is compressed, and unpacks itself into the temporary folder at every start. The frozen app is smaller on
disk because it omits every module that no import statement names, and all sources except the app's.

## Repeat the comparison

| task | command |
|---|---|
| build both frozen programs, in `build/frozen/` | `make frozen` |
| regenerate this page | `make unfrozen` |
| run the probes on the staged tree | `make test-unfrozen` |
| run the probes on an installed app's `runtime` folder | `make test-unfrozen RUNTIME_TREE=DIR` |
"""


def cell(result: ProbeResult) -> str:
    """A cell of the table."""
    detail = result.detail.replace("|", "\\|")
    return {True: "yes", False: f"**no**: {detail}", None: f"skipped: {detail}"}[result.passed]


def rows(reports: list[Report]) -> str:
    """The table of results, one row per probe."""
    by_report = [{result.name: result for result in report.results} for report in reports]
    return "\n".join(
        f"| {title(name)} | {' | '.join(cell(results[name]) for results in by_report)} |" for name in PROBES
    )


def size_row(name: str, root: Path, files: list[Path]) -> str:
    compress = compressor()
    if compress is None:
        raise ToolMissingError(
            "zstd is missing: neither Python 3.14's module nor the program is available. Install zstd."
        )
    on_disk = sum(path.stat().st_size for path in files)
    compressed = compress(archive(root, files), ZSTD_LEVEL)
    return f"| {name} | {len(files):,} | {on_disk / 1e6:.1f} | {compressed / 1e6:.1f} |"


def size_rows(tree: Path, programs: FrozenPrograms) -> str:
    """The table of sizes."""
    folder = programs.onedir.parent
    return "\n".join(
        (
            size_row("the staged tree", tree, files_in(tree)),
            size_row("PyInstaller, one file", programs.onefile.parent, [programs.onefile]),
            size_row("PyInstaller, one folder", folder, files_in(folder)),
        )
    )


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    project, target = Project.at(ROOT), host_target()
    tree = project.tree(target)
    try:
        programs = frozen_app(project, Progress(sys.stderr))
        stamp = read_stamp(tree)
        assert stamp is not None, "frozen_app has read it"
        reports = [probe_tree(tree), probe_frozen(programs.onefile), probe_frozen(programs.onedir)]
        text = TEXT.format(
            python=stamp.python,
            provenance=stamp.provenance,
            pyinstaller="PyInstaller "
            + locked_requirement(project.dev_lock_file, "pyinstaller").split()[0].split("==")[1],
            target=target,
            rows=rows(reports),
            sizes=size_rows(tree, programs),
            level=ZSTD_LEVEL,
        )
    except (RuntimeStagingError, RuntimeError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    write_atomically(DOCUMENT, text)
    failed = [result.name for result in reports[0].results if result.passed is False]
    print(
        f"{DOCUMENT.relative_to(ROOT)} was written."
        + (f" Failed probes on the staged tree: {', '.join(failed)}." * bool(failed))
    )
    return int(bool(failed))


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
