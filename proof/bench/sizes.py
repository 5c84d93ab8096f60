"""Size on disk, download size, and memory and CPU time while idle, compared with the frozen folder."""

import shutil
import tempfile
import time
from pathlib import Path

from proof.bench.measure import Benchmark
from proof.bench.programs import STAGED, TREE, data_dir, frozen_commands, running, start
from runtime.integrity.manifest import hash_tree, write_manifest
from runtime.inventory.sizes import archive, compressor
from scripts.release.update_size import compare_trees, compressed_sizes

IDLE_S = 5.0
"""Seconds for which the CPU time of an idle backend is measured."""


def measure(level: int) -> list[Benchmark]:
    """Benchmarks of size (zstd at `level`), memory (PSS, only on Linux) and CPU time; without baseline if `make frozen` was not run."""
    programs = frozen_commands()
    onedir = programs.get("onedir")
    installed = Benchmark("installed size", _size(TREE), "MB")
    if onedir:
        installed = Benchmark(
            "installed size", _size(TREE), "MB", "PyInstaller onedir", _size(Path(onedir[0]).parent), 1.2
        )
    benchmarks = [installed, *_download_sizes(Path(onedir[0]).parent if onedir else None, level)]
    if Path("/proc/self/smaps_rollup").exists():
        with data_dir() as folder:
            start(STAGED, folder).stop()  # migrates, because Alembic remains in the memory of the migrating process
            with running(STAGED, folder) as started:
                memory, cpu_s_before = _pss(started.pid), _cpu_s(started.pid)
                time.sleep(IDLE_S)
                cpu_percent = (_cpu_s(started.pid) - cpu_s_before) / IDLE_S * 100
            baseline_memory = None
            if onedir:
                with running(onedir, folder) as started:
                    baseline_memory = _pss(started.pid)
        baseline = "PyInstaller onedir" if baseline_memory else ""
        target = 0.9 if baseline_memory else None
        benchmarks.append(Benchmark("idle memory, PSS", memory, "MB", baseline, baseline_memory, target))
        benchmarks.append(Benchmark("idle CPU", cpu_percent, "% of one core", "limit of 0.1 %", 0.1, 1.0))
    return benchmarks


def _download_sizes(onedir: Path | None, level: int) -> list[Benchmark]:
    """Download size of the tree as one zstd frame, and of an update of one source file; empty without zstd."""
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
    benchmarks = [Benchmark("download size", sizes.full / 1e6, "MB")]
    if onedir:
        files = sorted(path for path in onedir.rglob("*") if path.is_file())
        baseline_size = compress(archive(onedir, files), level) / 1e6
        benchmarks = [Benchmark("download size", sizes.full / 1e6, "MB", "PyInstaller onedir", baseline_size, 0.8)]
    full, baseline = sizes.full / 1e3, "full download"
    for kind, size in ("changed files", sizes.files), ("binary patch", sizes.patch):
        name = f"update of one source file, {kind}"
        benchmarks.append(Benchmark(name, size / 1e3, "kB", baseline, full, 0.01))
    return benchmarks


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _pss(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000


def _cpu_s(pid: int) -> float:
    """CPU time of all threads from schedstat, because ticks of 10 ms are too coarse for an idle process."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9
