"""Native files: detection by magic number, signing order, stripping and thinning."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.build.elf_strip import strip_elf, strip_tree
from runtime.build.records import rewrite_records
from runtime.build.slim import slim_packages
from runtime.build.thin_mach_o import CPU_TYPES
from runtime.integrity.code_signature import code_signatures
from runtime.integrity.natives import Kind, kind_of, natives
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import REPO
from runtime.tests.native_files import elf, fat_mach_o, is_stripped, java_class, mach_o, pe, signed_mach_o, universal

TREE = Project.at(REPO).tree(host_target())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (elf(), Kind.ELF),
        (mach_o(program=True), Kind.MACH_O),
        (fat_mach_o(), Kind.MACH_O),
        (pe(program=False), Kind.PE),
        (java_class(), None),
        (b"MZ is how this text begins", None),
        (b"MZ" + b"\xff" * 62, None),
        (b"", None),
    ],
)
def test_format_is_detected_by_magic_number(content: bytes, kind: Kind | None, tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_bytes(content)
    assert kind_of(tmp_path / "readme.txt") is kind


def test_signing_order_is_innermost_first_with_programs_last(tmp_path: Path) -> None:
    files = {
        "python/bin/python3": mach_o(program=True),
        "python/lib/libpython3.14.dylib": mach_o(program=False),
        "python/lib/python3.14/lib-dynload/_ssl.cpython-314-darwin.so": mach_o(program=False),
        "site-packages/pkg/data": fat_mach_o(),
        "site-packages/pkg/launcher.exe": pe(program=True),
        "site-packages/pkg/fake.so": b"not a library",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert [(native.name, native.program) for native in natives(tmp_path)] == [
        ("python/lib/python3.14/lib-dynload/_ssl.cpython-314-darwin.so", False),
        ("python/lib/libpython3.14.dylib", False),
        ("site-packages/pkg/data", False),
        ("python/bin/python3", True),
        ("site-packages/pkg/launcher.exe", True),
    ]


def test_stripping_preserves_loaded_segments_and_removes_symbols() -> None:
    before = elf()
    after = strip_elf(before)
    assert after is not None
    assert len(after) < len(before) - 700
    assert after[64:160] == before[64:160]
    assert b"symbols" not in after
    assert is_stripped(after)
    assert not any(map(is_stripped, (before, elf(shared=False), elf(symbols_first=True))))


@pytest.mark.parametrize(
    "data", [elf(shared=False), elf(symbols_first=True), b"\x7fELF", elf()[:200], pe(program=True), b""]
)
def test_file_with_unexpected_layout_is_unchanged(data: bytes) -> None:
    assert strip_elf(data) is None


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"),
    reason="requires a C compiler for ELF",
)
def test_stripped_library_loads_and_is_valid_for_readelf(tmp_path: Path) -> None:
    source, library = tmp_path / "answer.c", tmp_path / "answer.so"
    source.write_text(
        "static int inner(int x) { return x * 7; }\nint answer(void) { return inner(6); }\n", encoding="utf-8"
    )
    subprocess.run(["cc", "-g", "-O0", "-shared", "-fPIC", "-o", library, source], check=True)
    original = library.read_bytes()
    assert strip_tree(tmp_path) == [library]
    assert len(library.read_bytes()) < len(original)
    assert ctypes.CDLL(str(library)).answer() == 42
    if shutil.which("readelf"):
        readelf = subprocess.run(["readelf", "-aW", library], capture_output=True, text=True, check=True)
        assert ".symtab" not in readelf.stdout
        assert ".debug_info" not in readelf.stdout
        assert readelf.stderr == ""


def test_staged_packages_are_stripped() -> None:
    found = [native for native in natives(TREE / "site-packages") if native.kind is Kind.ELF]
    assert [n.name for n in found if not is_stripped((TREE / "site-packages" / n.name).read_bytes())] == []


def test_package_record_matches_its_files(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "unchanged.py").write_text("", encoding="utf-8")
    (tmp_path / "dist" / "gone.pyx").write_text("", encoding="utf-8")
    (tmp_path / "dist" / "native.so").write_bytes(elf())
    record = tmp_path / "dist-1.dist-info" / "RECORD"
    record.parent.mkdir()
    unchanged = "dist/unchanged.py,sha256=abc,0"
    record.write_text(
        f"{unchanged}\ndist/gone.pyx,sha256=abc,0\n../bin/tool,sha256=x,1\ndist/native.so,sha256=old,5\ndist-1.dist-info/RECORD,,\n",
        encoding="utf-8",
    )
    slim_packages(tmp_path, "x86_64-unknown-linux-gnu")
    lines = record.read_text(encoding="utf-8").splitlines()
    size = (tmp_path / "dist" / "native.so").stat().st_size
    assert (lines[0], lines[2]) == (unchanged, "dist-1.dist-info/RECORD,,")
    assert lines[1].startswith("dist/native.so,sha256=")
    assert lines[1].endswith(f",{size}")
    assert len(lines) == 3
    before = record.read_bytes()
    rewrite_records(tmp_path, set())
    assert record.read_bytes() == before


@pytest.mark.parametrize("target", CPU_TYPES)
def test_universal_library_is_thinned_and_recorded(target: str, tmp_path: Path) -> None:
    parts = {kind: signed_mach_o(mach_o(program=False), team=name) for name, kind in CPU_TYPES.items()}
    native, cut_off, other = tmp_path / "a.so", tmp_path / "b.so", tmp_path / "c.so"
    native.write_bytes(universal(parts))
    cut_off.write_bytes(universal(parts)[:60])
    other.write_bytes(universal({7: b"i386"}))
    untouched = [cut_off.read_bytes(), other.read_bytes()]
    record = tmp_path / "dist-1.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("a.so,sha256=old,5\ndist-1.dist-info/RECORD,,\n", encoding="utf-8")
    slim_packages(tmp_path, "x86_64-pc-windows-msvc")
    assert native.read_bytes() == universal(parts), "only for macOS targets"
    slim_packages(tmp_path, target)
    assert native.read_bytes() == parts[CPU_TYPES[target]]
    (signature,) = code_signatures(native.read_bytes())
    assert signature is not None
    assert (signature.team, signature.intact) == (target, True)
    assert record.read_text(encoding="utf-8").splitlines()[0].endswith(f",{native.stat().st_size}")
    assert [cut_off.read_bytes(), other.read_bytes()] == untouched
