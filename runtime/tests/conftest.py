"""A small project, small archives and a loopback server, so that the real pipeline runs in milliseconds."""

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
from runtime.build.pack import Imported
from runtime.build.stage import Staging, Tools
from runtime.fetch.archive import Request
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
    """A loopback HTTP server: what it serves, and what it was asked for."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_off_after_bytes: int | None = None
    ranges: bool = False
    """Whether it honours Range headers, as the real ones do."""
    sent_bytes: int = 0
    hold: threading.Event | None = None
    """If set, no answer before this is."""
    entered: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serves `files` by path; a path it lacks is a 404."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.entered.set()
            if served.hold:
                served.hold.wait(30)
            body = served.files.get(self.path)
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(asked[1]) if asked and served.ranges and body is not None else 0
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
            """Tests are quiet."""

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Server(f"http://127.0.0.1:{http_server.server_port}")
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    http_server.shutdown()
    http_server.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> str:
    """The address of a loopback port on which nothing listens."""
    return f"http://127.0.0.1:{free_port()}"


def light_install(project: Project, lock_file: Path, into: Path, target: str, minor: str) -> None:
    """In place of uv: one package and a script."""
    for name in ("dist/__init__.py", "dist-1.0.dist-info/METADATA", "bin/tool", "dist/tests/__init__.py"):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        text = f"# {name} for {target}, Python {minor}, {lock_file.name}"
        head = "Name: dist\nVersion: 1.0\n\n" if name.endswith("METADATA") else ""
        (into / name).write_text(head + text, encoding="utf-8")


def nothing_imported(_interpreter: Path, _preload: Sequence[str]) -> Imported:
    """In place of a start of the app, which a staging_project does not have."""
    return Imported()


LIGHT_TOOLS = Tools(light_install, lambda *_: None, nothing_imported, lambda *_: {})


@dataclass
class StagingProject:
    """A project whose staging uses the real pipeline with light tools."""

    project: Project
    archive: Path
    cache: Path

    @property
    def app(self) -> Path:
        """The source of its first package."""
        return self.project.app_source.folder / "app"

    @property
    def tree(self) -> Path:
        return self.project.tree(host_target())

    def pin(self, url: str, sha256: str | None = None) -> None:
        """Pin the staging_project's archive, or another sha256, for every target."""
        pins = json.loads((REPO / "runtime" / "pins.json").read_text(encoding="utf-8"))
        pins |= {"url": url, "sha256": dict.fromkeys(TARGETS, sha256 or sha256_file(self.archive))}
        self.project.pins_file.write_text(json.dumps(pins), encoding="utf-8")

    def staging(self, request: Request | None = None, tools: Tools = LIGHT_TOOLS, target: str | None = None) -> Staging:
        """A staging of the test project's archive, or of the given request."""
        asked = request if request is not None else Request(archive=self.archive)
        return Staging(self.project, target or host_target(), asked, self.cache, Progress(io.StringIO()), tools)


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file's inode, mtime and bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in files
    }


@pytest.fixture
def staging_project(tmp_path: Path) -> StagingProject:
    """A project of its own, its archive pinned to an address that answers nothing."""
    if sys.platform == "win32":
        pytest.skip("the staging_project's archive has the layout of Linux and macOS; the real tree is tested here too")
    root = tmp_path / "checkout"
    (root / "runtime").mkdir(parents=True)
    project = Project.at(root)
    (root / "pyproject.toml").write_text(
        '[tool.python-backend]\nsource = "source"\npackages = ["app", "host", "single.py"]\nmodule = "app"\n',
        encoding="utf-8",
    )
    for name in (
        *("app/__init__.py", "app/main.py", "app/tests/test_main.py", "app/__pycache__/main.pyc"),
        *("host/__init__.py", "single.py", "left_out.py", "tests/test_app.py"),
    ):
        (root / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "source" / name).write_text("answer = 42\n", encoding="utf-8")
    project.lock_file.write_text("dist==1.0\n", encoding="utf-8")
    made = StagingProject(project, write_archive(tmp_path / "fake.tar.gz", FAKE_FILES, FAKE_LINKS), tmp_path / "cache")
    made.pin("http://127.0.0.1:9/{release}/cpython-{python}%2B{release}-{target}.tar.gz")
    return made


def with_names(staging_project: StagingProject) -> StagingProject:
    """The same staging_project, in a checkout that has the app's names and version."""
    for name in (SHELL_CONFIG, SHELL_CRATE, "frontend/package.json"):
        (staging_project.project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (staging_project.project.root / name).write_bytes((REPO / name).read_bytes())
    return staging_project
