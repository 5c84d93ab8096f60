"""A copy of the staged tree in a folder with an unusual name. Despite misleading environment variables, it opens no file of the system's Python
and no system library except glibc and libgcc, as strace shows."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.browser_backend import REQUIRED_VARIABLES
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.targets import host_target, interpreter_in

SYSTEM = re.compile(
    r"^(/proc|/sys|/dev)(/|$)"  # kernel file systems
    r"|^/etc/(ld\.so\.cache|ld\.so\.preload|localtime|nsswitch\.conf|passwd|host\.conf|resolv\.conf|hosts|gai\.conf|os-release)$"
    r"|^/usr/share/zoneinfo/"
    r"|/(ld-linux-[\w-]+|lib(c|m|dl|rt|util|pthread|resolv|nss_\w+))(\.so\.[\d.]+|-[\d.]+\.so)$"  # glibc and
    r"|/libgcc_s\.so\.1$"  # the compiler runtime, which every manylinux wheel requires
    r"|/ssl/openssl\.cnf$"  # the system's OpenSSL policy applies to the app
    r"|^/usr/lib/locale/|/gconv/|/locale\.alias$"
)


@pytest.fixture(scope="module")
def moved_tree(staged_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.platform == "win32":
        pytest.skip("needs POSIX modes to make a folder read-only")
    target = tmp_path_factory.mktemp("moved") / "Größe & espaces 日本"
    shutil.copytree(staged_tree, target, symlinks=True)
    subprocess.run(["chmod", "-R", "a-w", target], check=True)
    return target


def environment_with_decoys(folder: Path) -> dict[str, str]:
    """Return environment variables that a user may have set. They point at decoy modules and libraries."""
    decoys = folder / "decoys"
    decoys.mkdir()
    for name in ("json", "fastapi", "app", "sitecustomize", "usercustomize"):
        (decoys / f"{name}.py").write_text("raise SystemExit('a decoy was imported')")
    for name in ("libsqlite3.so.0", "libssl.so.3", "libcrypto.so.3"):
        (decoys / name).write_bytes(b"not a library")
    return {
        "PATH": str(decoys),
        "HOME": str(folder),
        "PYTHONPATH": str(decoys),
        "PYTHONHOME": "/usr",
        "PYTHONSTARTUP": str(decoys / "json.py"),
        "PYTHONUSERBASE": str(decoys),
        "LD_LIBRARY_PATH": str(decoys),
        "LC_ALL": "POSIX",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "DATA_DIR": str(folder / "data"),
    }


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (Linux)")
def test_moved_tree_serves_and_opens_no_file_outside(moved_tree: Path, tmp_path: Path) -> None:
    trace, environment = tmp_path / "trace", environment_with_decoys(tmp_path)
    interpreter = moved_tree / "python" / "bin" / "python3"
    strace = shutil.which("strace")
    assert strace, "run `make test`, which installs strace"
    command = [
        strace,
        "-f",
        "-qq",
        "-s",
        "4096",
        "-e",
        "trace=open,openat,execve",
        "-e",
        "status=successful",
        "-o",
        str(trace),
    ]
    command += [f"-E{name}={value}" for name, value in environment.items()]
    command += [str(interpreter), *CONTRACT_FLAGS, "-m", "app"]
    with subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path / "decoys",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdin
        ready = read_startup_event(process.stdout)
        assert ready["event"] == "ready", ready
        process.stdin.close()
        assert process.wait(30) == 0

    opened = {
        decode_path(path)
        for path in re.findall(r'(?:open|openat|execve)\((?:\w+, )?"((?:[^"\\]|\\.)*)"', trace.read_text())
    }
    absolute = {os.path.normpath(path) for path in opened if path.startswith("/")}
    inside = {path for path in absolute if Path(path).is_relative_to(moved_tree)}
    outside = {
        path
        for path in absolute - inside
        if not SYSTEM.search(path)
        and not Path(path).is_relative_to(tmp_path / "data")
        and Path(path) not in {tmp_path, tmp_path / "decoys"}
    }
    assert outside == set()
    assert any(path.endswith("app/main.py") or "/app/__pycache__/main." in path for path in inside), (
        "strace recorded no file of the app"
    )


def read_startup_event(events: Iterable[bytes]) -> Any:
    """Return the `ready` or `failed` event."""
    return next(event for event in map(json.loads, events) if event["event"] != "progress")


def decode_path(path: str) -> str:
    """Decode strace's octal escapes of non-ASCII bytes."""
    return path.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8")


def test_run_leaves_tree_unchanged(staged_tree: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(staged_tree, tree, symlinks=True)  # writable, so only -B prevents bytecode files
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*")}
    environment = {**REQUIRED_VARIABLES, "DATA_DIR": str(tmp_path / "data")}
    command = [str(interpreter_in(tree, host_target())), *CONTRACT_FLAGS, "-m", "app"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        assert read_startup_event(process.stdout)["event"] == "ready"
        process.communicate()
        assert process.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in tree.rglob("*")} == before


def test_spawned_worker_uses_bundled_interpreter(moved_tree: Path, tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "def where(_): import fastapi; return sys.prefix, fastapi.__file__\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(where, [0])[0])\n"
    )
    command = [str(interpreter_in(moved_tree, host_target())), "-I", "-B", "-X", "utf8", str(script)]
    output = subprocess.run(
        command, env={"PYTHONNOUSERSITE": "1"}, capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout
    assert output.count(str(moved_tree)) == 2, output
    assert sys.prefix not in output
