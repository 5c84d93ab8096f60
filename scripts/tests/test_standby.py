"""The program of a standby process: its imports, and how it runs a version."""

import json
import subprocess
from pathlib import Path

from harness.app import ROOT
from scripts.testing.test_all import INTERPRETER

HOT = ROOT / "src-tauri/crates/tauri-plugin-python-backend/src/hot"
PROGRAM = "".join(
    (HOT / name).read_text("utf-8") for name in ("debugger.py", "source_paths.py", "standby.py", "run.py")
)
HOST_MODULE = """
import sys
from pathlib import Path
imported_before_command = "app" not in sys.modules
def module_file(): return str(Path(__file__))
def fail(): raise ValueError("from the host")
"""
MAIN = """
import importlib.resources, importlib.util, json, sys, traceback
from backend_host.serving import server
import backend_host.serving
try:
    server.fail()
except ValueError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1].filename
print(json.dumps({
    "number": NUMBER,
    "arguments": sys.argv[1:],
    "imported_before_command": server.imported_before_command,
    "file": server.module_file(),
    "path": list(backend_host.serving.__path__),
    "spec": importlib.util.find_spec("backend_host.serving").origin,
    "resource": (importlib.resources.files("backend_host") / "data.txt").read_text(),
    "frame": frame,
    "main": __file__,
    "sys_path": sys.path[0],
    "late": __import__("backend_host.late", fromlist=["module_file"]).module_file(),
}))
"""


def write_version(folder: Path, number: int) -> Path:
    """Write a host package, and an app that prints its imports and paths."""
    for name, text in {
        "backend_host/__init__.py": "",
        "backend_host/data.txt": "data",
        "backend_host/serving/__init__.py": "",
        "backend_host/serving/server.py": HOST_MODULE,
        "backend_host/late.py": HOST_MODULE,
        "backend_host/broken.py": "import a_library_of_another_system",
        "app/__init__.py": "",
        "app/__main__.py": MAIN.replace("NUMBER", str(number)),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def run_standby(
    command_line: str, tmp_path: Path, running: Path, checkout: Path, *, prelude: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [*INTERPRETER, "-c", prelude + PROGRAM, str(running), str(checkout), "app", "--flag"]
    environment = {"DATA_DIR": str(tmp_path), "CANDIDATE": "true"}
    return subprocess.run(command, input=command_line, capture_output=True, text=True, env=environment, timeout=60)


def test_standby_runs_the_requested_version_with_its_host_package(tmp_path: Path) -> None:
    running, new, checkout = (
        write_version(tmp_path / "one", 1),
        write_version(tmp_path / "two", 2),
        tmp_path / "checkout",
    )
    command_line = json.dumps({"source": str(new), "origin": str(checkout)}) + "\n"
    result = run_standby(command_line, tmp_path, running, checkout)
    assert not result.returncode, result.stderr
    assert json.loads(result.stdout) == {
        "number": 2,
        "arguments": ["--flag"],
        "imported_before_command": True,
        "file": str(new / "backend_host/serving/server.py"),
        "path": [str(new / "backend_host/serving")],
        "spec": str(new / "backend_host/serving/__init__.py"),
        "resource": "data",
        "frame": str(checkout / "backend_host/serving/server.py"),
        "main": str(new / "app/__main__.py"),
        "sys_path": str(new),
        "late": str(new / "backend_host/late.py"),
    }
    assert str(running) not in result.stdout


def test_standby_without_command_exits_without_importing_the_app(tmp_path: Path) -> None:
    running = write_version(tmp_path / "one", 1)
    result = run_standby("", tmp_path, running, tmp_path / "checkout")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


PRINT_READ_SETTINGS = """
import atexit, os, sys
read = set()
class Environment(dict):
    def __getitem__(self, name): read.add(name); return super().__getitem__(name)
    def get(self, name, default=None): read.add(name); return super().get(name, default)
    def __contains__(self, name): read.add(name); return super().__contains__(name)
    def __iter__(self): read.update(super().keys()); return super().__iter__()
    def keys(self): read.update(super().keys()); return super().keys()
    def items(self): read.update(super().keys()); return super().items()
os.environ = Environment(os.environ)
@atexit.register
def print_read_settings():
    fields = sys.modules["backend_host.settings.base"].HostSettings.model_fields
    print(len(sys.modules), sorted(read & {field.validation_alias or name for name, field in fields.items()}))
"""


def test_host_modules_read_no_settings_when_imported(tmp_path: Path) -> None:
    """A standby process imports them before it knows the settings of the version that it will run."""
    source = ROOT / "python-backend"
    result = run_standby("", tmp_path, source, source, prelude=PRINT_READ_SETTINGS)
    assert result.stdout.strip().endswith(" []"), result.stdout + result.stderr
