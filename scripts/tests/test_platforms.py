"""`make check-cross`, `make test-windows` and `make test-signing` without their prerequisites, and the list of tests skipped under Wine."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from scripts.platforms import check_cross, test_windows, windows_tree, wine_root
from scripts.platforms.bind_mount import MOUNT_POINT, bind_mount_command
from scripts.platforms.prerequisites import PrerequisiteMissingError, add_standard_libraries
from scripts.platforms.skipped import skip_reasons

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="runs only on Linux")
x86_64_only = pytest.mark.skipif(platform.machine() != "x86_64", reason="Wine runs only on x86_64")
as_root = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="requires Linux and root, to mount")


def program(folder: Path, name: str, script: str = "exit 0") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@linux_only
@pytest.mark.parametrize(
    ("script", "programs", "missing"),
    [
        ("check_cross", {}, "Rust"),
        (
            "check_cross",
            {"rustc": "echo /nowhere", "cargo-clippy": "exit 0"},
            "rustup target add x86_64-pc-windows-gnu",
        ),
        pytest.param("test_windows", {}, "mmdebstrap", marks=x86_64_only),
        pytest.param("test_windows", {"mmdebstrap": "exit 0"}, "unshare", marks=x86_64_only),
        ("test_signing", {}, "openssl"),
        ("test_signing", {"openssl": "exit 0"}, "osslsigncode"),
    ],
)
def test_missing_prerequisite_is_reported_in_one_line(
    script: str, programs: dict[str, str], missing: str, tmp_path: Path
) -> None:
    for name, text in programs.items():
        program(tmp_path, name, text)
    done = subprocess.run(
        [sys.executable, "-B", str(ROOT / "scripts" / "run.py"), f"scripts.platforms.{script}"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert missing in done.stderr


@linux_only
def test_missing_rust_standard_library_is_installed_by_rustup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "rustc", f"echo {tmp_path}/lib")
    program(tmp_path, "cargo-clippy")
    program(tmp_path, "rustup", f"mkdir -p {tmp_path}/lib; : > {tmp_path}/lib/libstd-1.rlib")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    add_standard_libraries(["x86_64-apple-darwin"])
    program(tmp_path, "rustc", f"echo {tmp_path}/none")
    with pytest.raises(PrerequisiteMissingError, match="rustup target add x86_64-apple-darwin"):
        add_standard_libraries(["x86_64-apple-darwin"])


@linux_only
def test_stub_tool_writes_its_output_and_is_not_detected_as_msvc(tmp_path: Path) -> None:
    tools = check_cross.create_stub_tools(tmp_path / "two words")
    output = tmp_path / "an object.o"
    compiler = tools / "x86_64-w64-mingw32-gcc"
    assert subprocess.run([compiler, "-c", "a.c", "-o", output], check=False).returncode == 0
    assert output.read_bytes() == b""
    assert subprocess.run([compiler, "-?"], check=False).returncode == 1
    result = subprocess.run([tools / "xcrun", "--show-sdk-path"], capture_output=True, text=True, check=False)
    assert result.stdout == "/\n"


def test_wine_root_is_rebuilt_when_its_inputs_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = wine_root.root_folder(tmp_path)
    assert wine_root.root_folder(tmp_path) == first
    monkeypatch.setattr(wine_root, "PACKAGES", ("wine", "another"))
    assert wine_root.root_folder(tmp_path) != first


@as_root
def test_command_in_root_sees_its_mounts_and_leaves_no_mount_or_process(tmp_path: Path) -> None:
    root, mounted = tmp_path / "root", tmp_path / "two words"
    for folder in ("dev", "proc", "usr", "tmp"):
        (root / folder).mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (root / name).symlink_to(f"usr/{name}")
    mounted.mkdir()
    (mounted / "file").write_text("seen")
    mounts = [wine_root.Mount(Path("/usr"), "/usr"), wine_root.Mount(mounted, "/mounted ü")]
    script = "cat file; touch file || echo read-only; sleep 1000 & echo $!"
    command = [*wine_root.command_prefix(root, mounts, "/mounted ü"), "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert re.fullmatch(r"seenread-only\n\d+\n", done.stdout), done
    assert str(root) not in Path("/proc/mounts").read_text()


@as_root
def test_folder_with_special_characters_is_mounted_at_a_path_without(tmp_path: Path) -> None:
    folder = tmp_path / """two words'q "d" $x"""
    (folder / "sub").mkdir(parents=True)
    subprocess.run([*bind_mount_command(folder, "sub"), "sh", "-c", "pwd > file"], check=True)
    assert (folder / "sub" / "file").read_text() == f"{MOUNT_POINT}/sub\n"
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@linux_only
def test_second_run_in_a_checkout_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        test_windows.single_run_lock(lock),
        pytest.raises(PrerequisiteMissingError, match="Another run"),
        test_windows.single_run_lock(lock),
    ):
        pass
    with test_windows.single_run_lock(lock):
        pass


@pytest.mark.parametrize("suite", ["backend", "supervisor"])
def test_every_test_skipped_under_wine_exists_and_has_a_reason(suite: str) -> None:
    supervisor = "src-tauri/crates/backend-supervisor/tests/supervisor"
    folder = ROOT / ("python-backend/tests" if suite == "backend" else supervisor)
    for name, reason in skip_reasons(suite).items():
        file, _, test = name.partition("::")
        source = (folder / (file if suite == "backend" else f"{file}.rs")).read_text("utf-8")
        assert re.search(rf"\b(def|fn) {test}\(", source), name
        assert len(reason.split()) > 2, name


def test_tested_target_is_a_shipped_target() -> None:
    from runtime.targets import TARGETS

    assert windows_tree.TARGET in TARGETS
    assert windows_tree.RUST_TARGET in check_cross.TARGETS
