"""Fixtures: a small project, small archives and a loopback server, with which staging takes milliseconds."""

import http.server
import io
import json
import re
import sys
import tarfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.ports import free_port
from runtime.build.pack import StartupImports
from runtime.build.stage import Staging, Tools
from runtime.fetch.archive import ArchiveRequest
from runtime.fetch.pins import load_pins
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file
from runtime.project import Project
from runtime.targets import TARGETS, host_target
from scripts.app_names import SHELL_CONFIG, SHELL_CRATE

REPO = Path(__file__).resolve().parents[2]

PINNED_PYTHON = load_pins(REPO / "runtime" / "pins.json").python


def build_details(version: str = PINNED_PYTHON) -> str:
    """The part of PEP 739's build-details.json that staging reads."""
    major, minor, micro = (int(part) for part in version.split("."))
    parts = {"major": major, "minor": minor, "micro": micro, "releaselevel": "final", "serial": 0}
    return json.dumps({"schema_version": "1.0", "implementation": {"name": "cpython", "version": parts}})


FAKE_FILES = {
    "python/bin/python3.14": "the interpreter",
    "python/bin/pip": "#!/build/machine/python",
    "python/include/python3.14/Python.h": "",
    "python/lib/libpython3.14.so.1.0": "29 MB of unused library",
    "python/lib/python3.14/LICENSE.txt": "the license",
    "python/lib/python3.14/build-details.json": build_details(),
    "python/lib/python3.14/idlelib/idle.py": "",
    "python/lib/python3.14/lib-dynload/.empty": "",
    "python/lib/python3.14/lib-dynload/_dbm.cpython-314.so": "Berkeley DB",
    "python/lib/python3.14/os.py": "sep = '/'\n",
    "python/lib/python3.14/site-packages/pip/__init__.py": "",
    "python/lib/tcl9.0/init.tcl": "",
    "python/share/terminfo/x/xterm": "",
}
FAKE_LINKS = {
    "python/bin/python": "python3",
    "python/bin/python3": "python3.14",
    "python/lib/libpython3.14.so": "libpython3.14.so.1.0",
}


def write_archive(path: Path, files: dict[str, str], links: dict[str, str] | None = None) -> Path:
    """A .tar.gz of text files and symbolic links."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return path


@dataclass
class Server:
    """A loopback HTTP server: the files it serves by path, and the requested paths."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    requested_paths: list[str] = field(default_factory=list)
    authorization: str | None = None
    """Authorization header of the last request."""
    cut_off_after_bytes: int | None = None
    ranges: bool = False
    """Whether it supports range requests."""
    sent_bytes: int = 0
    respond: threading.Event | None = None
    """If not None, responses wait for this event."""
    request_received: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server; a path that is not in `files` returns 404."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requested_paths.append(self.path)
            served.authorization = self.headers.get("Authorization")
            served.request_received.set()
            if served.respond:
                served.respond.wait(30)
            body = served.files.get(self.path)
            requested = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(requested[1]) if requested and served.ranges and body is not None else 0
            status = 404 if body is None else 416 if start >= len(body) > 0 else 206 if start else 200
            sent = body[start:] if body and status != 416 else b""
            self.send_response(status)
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{len(body or b'') - 1}/{len(body or b'')}")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent[: served.cut_off_after_bytes])
            served.sent_bytes += len(sent[: served.cut_off_after_bytes])

        def log_message(self, *arguments: object) -> None:
            """Print no log."""

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Server(f"http://127.0.0.1:{http_server.server_port}")
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    http_server.shutdown()
    http_server.server_close()
    thread.join()


@pytest.fixture
def unreachable_url() -> str:
    """URL of a loopback port on which no process listens."""
    return f"http://127.0.0.1:{free_port()}"


def stub_install(project: Project, lock_file: Path, into: Path, target: str, minor: str) -> None:
    """Stub of install_lock: one package and a script."""
    for name in ("dist/__init__.py", "dist-1.0.dist-info/METADATA", "bin/tool", "dist/tests/__init__.py"):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        text = f"# {name} for {target}, Python {minor}, {lock_file.name}"
        head = "Name: dist\nVersion: 1.0\n\n" if name.endswith("METADATA") else ""
        (into / name).write_text(head + text, encoding="utf-8")


def no_startup_imports(_interpreter: Path, _startup_modules: Sequence[str]) -> StartupImports:
    """Stub of list_startup_imports, because the app of a staging_project does not start."""
    return StartupImports()


STUB_TOOLS = Tools(stub_install, lambda *_: None, no_startup_imports, lambda *_: {})


@dataclass
class StagingProject:
    """A temporary project; its stagings use STUB_TOOLS."""

    project: Project
    archive: Path
    cache: Path

    @property
    def app(self) -> Path:
        """Source folder of the project's first package."""
        return self.project.app_source.folder / "app"

    @property
    def tree(self) -> Path:
        return self.project.tree(host_target())

    def pin(self, url: str, sha256: str | None = None) -> None:
        """Pin the project's archive, or another sha256, for every target."""
        pins = json.loads((REPO / "runtime" / "pins.json").read_text(encoding="utf-8"))
        pins |= {"url": url, "sha256": dict.fromkeys(TARGETS, sha256 or sha256_file(self.archive))}
        self.project.pins_file.write_text(json.dumps(pins), encoding="utf-8")

    def staging(
        self, request: ArchiveRequest | None = None, tools: Tools = STUB_TOOLS, target: str | None = None
    ) -> Staging:
        """A staging of the project's archive, or of `request`."""
        effective_request = request if request is not None else ArchiveRequest(archive=self.archive)
        return Staging(
            self.project, target or host_target(), effective_request, self.cache, Progress(io.StringIO()), tools
        )


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Inode, mtime and content of every file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in files
    }


@pytest.fixture
def staging_project(tmp_path: Path) -> StagingProject:
    """A temporary project whose archive is pinned at an unreachable URL."""
    if sys.platform == "win32":
        pytest.skip(
            "the archive of staging_project has the layout of Linux and macOS; test_real_tree.py runs on Windows"
        )
    root = tmp_path / "checkout"
    (root / "runtime").mkdir(parents=True)
    project = Project.at(root)
    (root / "pyproject.toml").write_text(
        '[tool.python-backend]\nsource = "source"\npackages = ["app", "host", "single.py"]\nmodule = "app"\n',
        encoding="utf-8",
    )
    for name in (
        *("app/__init__.py", "app/main.py", "app/tests/test_main.py", "app/__pycache__/main.pyc"),
        *("host/__init__.py", "single.py", "excluded.py", "tests/test_app.py"),
    ):
        (root / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "source" / name).write_text("answer = 42\n", encoding="utf-8")
    project.lock_file.write_text("dist==1.0\n", encoding="utf-8")
    created = StagingProject(
        project, write_archive(tmp_path / "fake.tar.gz", FAKE_FILES, FAKE_LINKS), tmp_path / "cache"
    )
    created.pin("http://127.0.0.1:9/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    return created


def with_names(staging_project: StagingProject) -> StagingProject:
    """Add the app's names and version to the checkout of a staging_project."""
    for name in (SHELL_CONFIG, SHELL_CRATE, "frontend/package.json"):
        (staging_project.project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (staging_project.project.root / name).write_bytes((REPO / name).read_bytes())
    return staging_project
