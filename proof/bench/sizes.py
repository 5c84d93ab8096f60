"""Size on disk and as a download, and memory and CPU time while idle, against the frozen folder."""

import shutil
import tempfile
import time
from pathlib import Path

from proof.bench.measure import Line
from proof.bench.programs import STAGED, TREE, data_dir, frozen, running, start
from runtime.integrity.manifest import hash_tree, write_manifest
from runtime.inventory.sizes import archive, compressor
from scripts.release.update_size import compare_trees, compressed_sizes

IDLE_S = 5.0
"""Seconds for which the CPU time of an idle backend is measured."""


def measure(level: int) -> list[Line]:
    """Lines of size (zstd at `level`), memory (Linux: PSS) and processor time; without an alternative if there is no frozen folder."""
    programs = frozen()
    onedir = programs.get("onedir")
    ours = Line("installed size", _size(TREE), "MB")
    if onedir:
        ours = Line("installed size", _size(TREE), "MB", "PyInstaller onedir", _size(Path(onedir[0]).parent), 1.2)
    lines = [ours, *_to_fetch(Path(onedir[0]).parent if onedir else None, level)]
    if Path("/proc/self/smaps_rollup").exists():
        with data_dir() as folder:
            start(STAGED, folder).stop()  # migrated: Alembic stays in the memory of the process that migrates
            with running(STAGED, folder) as started:
                memory, before = _pss(started.pid), _worked_s(started.pid)
                time.sleep(IDLE_S)
                share = (_worked_s(started.pid) - before) / IDLE_S * 100
            theirs = None
            if onedir:
                with running(onedir, folder) as started:
                    theirs = _pss(started.pid)
        against = "PyInstaller onedir" if theirs else ""
        lines.append(Line("memory while idle, PSS", memory, "MB", against, theirs, 0.9 if theirs else None))
        lines.append(Line("processor while idle", share, "% of a core", "0.1 %", 0.1, 1.0))
    return lines


def _to_fetch(onedir: Path | None, level: int) -> list[Line]:
    """Download size of the tree as one zstd frame, and of an update of one Python file; empty without zstd."""
    compress = compressor()
    if not compress or not shutil.which("zstd"):
        return []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        changed = Path(folder) / "tree"
        shutil.copytree(TREE, changed)
        source = changed / "app_src" / "app" / "crud" / "items.py"
        text = source.read_text("utf-8")
        source.write_text(f"{text}\n\nCHANGED = True\n", encoding="utf-8")
        write_manifest(changed, hash_tree(changed))
        sizes = compressed_sizes(TREE, changed, compare_trees(TREE, changed), level)
    lines = [Line("to fetch, whole", sizes.full / 1e6, "MB")]
    if onedir:
        files = sorted(path for path in onedir.rglob("*") if path.is_file())
        theirs = compress(archive(onedir, files), level) / 1e6
        lines = [Line("to fetch, whole", sizes.full / 1e6, "MB", "PyInstaller onedir", theirs, 0.8)]
    whole, unit = sizes.full / 1e3, "kB"
    lines.append(Line("to fetch, one source changed, as files", sizes.files / 1e3, unit, "the whole", whole, 0.01))
    lines.append(Line("to fetch, one source changed, as a patch", sizes.patch / 1e3, unit, "the whole", whole, 0.01))
    return lines


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _pss(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000


def _worked_s(pid: int) -> float:
    """CPU time of all threads from schedstat, because ticks of 10 ms are too coarse for an idle process."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9
