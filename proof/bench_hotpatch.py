"""Time from a saved file to the first response of the new code: the hot patch against `uvicorn --reload` on the same app.

`make bench-hotpatch`. Needs a display (Xvfb does) and the shell's debug build; starts both itself, on data of their own.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from harness.processes import standbys_on
from harness.screen import desktop_environment, virtual_screen
from runtime.host.tool_environment import apply_tool_environment
from scripts.app_names import read_names
from scripts.hot_patch.app import App
from scripts.hot_patch.errors import HotPatchError
from scripts.hot_patch.patch import SOURCE, Patcher
from scripts.hot_patch.watch import Watch
from scripts.project import ROOT

SHELL = ROOT / "src-tauri" / "target" / "debug" / read_names(ROOT).program
PROBE = """

@router.get("/bench/", include_in_schema=False)
def bench() -> int:
    return 0
"""
EDITED = Path("api", "routes", "utils.py")
PATH = "/api/v1/utils/bench/"
WITHIN_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if not SHELL.exists():
        sys.exit("Build the shell first: make run, or cargo build --features custom-protocol,hot-reload in src-tauri.")
    with tempfile.TemporaryDirectory(prefix="bench-hotpatch-") as folder, ExitStack() as stack:
        ours, theirs = checkout(Path(folder) / "ours"), checkout(Path(folder) / "theirs")
        theirs_answers = stack.enter_context(uvicorn_reload(Path(folder), theirs))
        app = stack.enter_context(running_app(Path(folder)))
        patcher = Patcher(app, ours.parent)
        first = patcher.push()
        answers = answers_of(app)
        warm, reload_ms = side_by_side(patcher, answers, theirs, theirs_answers, rounds)
        save(ours, rounds + 1)
        done = patcher.push()
        settle(app)
        memory = standby_memory(app)
        some = range(max(3, rounds // 4))
        cold = [cold_patch(patcher, answers, rounds + 2 + number) for number in some]
        back = [timed_rollback(patcher) for _ in some]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {rounds} edits each; ms from saved to answered")
    show("hot patch, warm", warm)
    show("hot patch, cold", cold)
    show("uvicorn --reload", reload_ms)
    show("rollback", back)
    print(f"{'faster':18} {statistics.median(reload_ms) / statistics.median(warm):.1f} times (medians)")
    print(
        f"{'payload':18} {done.files} file, {done.size_bytes / 1000:.1f} kB; the first push {first.size_bytes / 1000:.1f} kB"
    )
    print(f"{'standby process':18} {memory / 1e6:.0f} MB of its own (PSS)")
    return 0


def show(name: str, times: list[float]) -> None:
    """Median and 95th percentile."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:18} p50 {statistics.median(ordered):6.0f}   p95 {p95:6.0f}   most {ordered[-1]:6.0f}")


Answers = Callable[[int], bool]


def wait_until(answers: Answers, number: int, began: float) -> float:
    """Milliseconds from `began` until the code that returns `number` responds."""
    while not answers(number):
        if time.perf_counter() - began > WITHIN_S:
            raise TimeoutError(f"edit {number} is not served")
        time.sleep(0.015)  # a request costs CPU time as well
    return (time.perf_counter() - began) * 1000


def checkout(folder: Path) -> Path:
    """A copy of the backend's package, with a route that returns a number."""
    package = folder / SOURCE.module
    SOURCE.copy(folder)
    with (package / EDITED).open("a", encoding="utf-8") as file:
        file.write(PROBE)
    return package


def save(package: Path, number: int) -> float:
    """Edit the file. Returns the time at which it was saved."""
    text, _, _ = (package / EDITED).read_text("utf-8").rpartition("    return ")
    (package / EDITED).write_text(f"{text}    return {number}\n", "utf-8")
    return time.perf_counter()


def side_by_side(
    patcher: Patcher, answers: Answers, theirs: Path, theirs_answers: Answers, rounds: int
) -> tuple[list[float], list[float]]:
    """Interleaved edits, detected by a watch as in `make dev`, and by uvicorn."""
    watch = Watch(patcher)
    thread = threading.Thread(target=watch.run)
    thread.start()
    warm, reload_ms = [], []
    for number in range(1, rounds + 1):
        settle(patcher.app)
        warm.append(wait_until(answers, number, save(patcher.package, number)))
        settle(patcher.app)
        reload_ms.append(wait_until(theirs_answers, number, save(theirs, number)))
    watch.stop_event.set()
    thread.join()
    return warm, reload_ms


def cold_patch(patcher: Patcher, answers: Answers, number: int) -> float:
    """Measure one edit without a standby process."""
    settle(patcher.app)
    for pid in standbys_on(patcher.app.data_dir):
        os.kill(pid, signal.SIGKILL)
    began = save(patcher.package, number)
    patcher.push()
    return wait_until(answers, number, began)


def timed_rollback(patcher: Patcher) -> float:
    settle(patcher.app)
    began = time.perf_counter()
    patcher.roll_back()
    return (time.perf_counter() - began) * 1000


def settle(app: App) -> None:
    """Pause between edits, so that the next standby process is ready."""
    time.sleep(1)
    spent = None
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            (pid,) = standbys_on(app.data_dir)
            now = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            if now == spent:
                return
            spent = now
        time.sleep(0.3)
    raise TimeoutError("no standby process")


def standby_memory(app: App) -> int:
    """PSS (proportional set size) of the standby process in bytes."""
    for pid in standbys_on(app.data_dir):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def answers_of(app: App) -> Answers:
    """A client of the app's backend. Raises HotPatchError while there is none."""
    base_url, token = app.backend()
    return asker(f"{base_url}{PATH}", token)


def asker(url: str, token: str | None) -> Answers:
    """A client that keeps its connection open: a new one for each request would use a core that the backend needs."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)

    def answers(number: int) -> bool:
        try:
            connection.request("GET", parts.path, headers={"X-Launch-Token": token} if token else {})
            return bool(json.loads(connection.getresponse().read()) == number)
        except (OSError, ValueError, http.client.HTTPException):
            connection.close()
            return False

    return answers


@contextmanager
def running_app(folder: Path) -> Iterator[App]:
    """The shell's debug build on a virtual screen with a temporary data dir."""
    with virtual_screen() as display:
        environment = desktop_environment(folder, display)
        app = App(folder / "share" / read_names(ROOT).debug_identifier)
        command = ["dbus-run-session", "--", str(SHELL)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, start_new_session=True) as shell:
            until = time.monotonic() + WITHIN_S
            while True:
                try:
                    app.backend()
                    break
                except HotPatchError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)
            try:
                yield app
            finally:
                os.killpg(shell.pid, signal.SIGTERM)


@contextmanager
def uvicorn_reload(folder: Path, package: Path) -> Iterator[Answers]:
    """The same app, served by uvicorn from the checkout."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = "import sys; sys.argv[0] = 'uvicorn'; from uvicorn.main import main; main()"
    arguments = ["app.main:app", "--reload", "--port", str(port), "--app-dir", str(package.parent)]
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", run, *arguments, "--reload-dir", str(package.parent)]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "reload-data")}
    answers = asker(f"http://127.0.0.1:{port}{PATH}", None)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        wait_until(answers, 0, time.perf_counter())
        yield answers
        server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
