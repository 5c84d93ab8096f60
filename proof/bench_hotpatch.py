"""Time from a saved file to the first response of the new code: hot patching compared with `uvicorn --reload` on the same app.

`make bench-hotpatch`. Requires Xvfb and the shell's debug build. Runs both apps with temporary data dirs.
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

from harness.processes import standby_pids
from harness.screen import desktop_environment, virtual_screen
from runtime.host.tool_environment import apply_tool_environment
from scripts.app_names import read_names
from scripts.hot_patch.app import App
from scripts.hot_patch.errors import HotPatchError
from scripts.hot_patch.patch import SOURCE, Patcher
from scripts.hot_patch.watch import Watch
from scripts.project import ROOT

SHELL = ROOT / "src-tauri" / "target" / "debug" / read_names(ROOT).program
BENCH_ROUTE = """

@router.get("/bench/", include_in_schema=False)
def bench() -> int:
    return 0
"""
EDITED_FILE = Path("api", "routes", "utils.py")
PATH = "/api/v1/utils/bench/"
TIMEOUT_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if not SHELL.exists():
        sys.exit("Build the shell first: make run, or cargo build --features custom-protocol,hot-reload in src-tauri.")
    with tempfile.TemporaryDirectory(prefix="bench-hotpatch-") as folder, ExitStack() as stack:
        patch_package, reload_package = (
            copy_package(Path(folder) / "hot-patch"),
            copy_package(Path(folder) / "uvicorn-reload"),
        )
        reload_responds = stack.enter_context(uvicorn_reload(Path(folder), reload_package))
        app = stack.enter_context(running_app(Path(folder)))
        patcher = Patcher(app, patch_package.parent)
        first_push = patcher.push()
        responds = patched_backend_responds(app)
        warm_ms, reload_ms = measure_interleaved(patcher, responds, reload_package, reload_responds, rounds)
        save_edit(patch_package, rounds + 1)
        push = patcher.push()
        wait_for_standby(app)
        memory = standby_memory(app)
        numbers = range(max(3, rounds // 4))
        cold_ms = [cold_patch(patcher, responds, rounds + 2 + number) for number in numbers]
        rollback_ms = [timed_rollback(patcher) for _ in numbers]
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {rounds} edits each "
        f"(cold and rollback: {len(numbers)}); ms from saving the file to the first response (rollback: its duration)"
    )
    print_row("hot patch, warm", warm_ms)
    print_row("hot patch, cold", cold_ms)
    print_row("uvicorn --reload", reload_ms)
    print_row("rollback", rollback_ms)
    print(f"{'speedup':18} {statistics.median(reload_ms) / statistics.median(warm_ms):.1f} times (medians)")
    print(
        f"{'payload':18} {push.files} file, {push.size_bytes / 1000:.1f} kB; first push {first_push.size_bytes / 1000:.1f} kB"
    )
    print(f"{'standby process':18} {memory / 1e6:.0f} MB (PSS)")
    return 0


def print_row(name: str, times: list[float]) -> None:
    """Print median, 95th percentile and maximum."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:18} p50 {statistics.median(ordered):6.0f}   p95 {p95:6.0f}   max {ordered[-1]:6.0f}")


ResponseCheck = Callable[[int], bool]
"""Whether the route returns the given number."""


def wait_until(responds: ResponseCheck, number: int, began: float) -> float:
    """Milliseconds from `began` until the code that returns `number` responds."""
    while not responds(number):
        if time.perf_counter() - began > TIMEOUT_S:
            raise TimeoutError(f"no response of edit {number} within {TIMEOUT_S:.0f} s")
        time.sleep(0.015)  # a request costs CPU time as well
    return (time.perf_counter() - began) * 1000


def copy_package(folder: Path) -> Path:
    """Copy the backend's packages and add a route that returns a number. Returns the package with the route."""
    package = folder / SOURCE.module
    SOURCE.copy(folder)
    with (package / EDITED_FILE).open("a", encoding="utf-8") as file:
        file.write(BENCH_ROUTE)
    return package


def save_edit(package: Path, number: int) -> float:
    """Edit the file. Returns the time at which it was saved."""
    text, _, _ = (package / EDITED_FILE).read_text("utf-8").rpartition("    return ")
    (package / EDITED_FILE).write_text(f"{text}    return {number}\n", "utf-8")
    return time.perf_counter()


def measure_interleaved(
    patcher: Patcher, responds: ResponseCheck, reload_package: Path, reload_responds: ResponseCheck, rounds: int
) -> tuple[list[float], list[float]]:
    """Edit both packages alternately. A Watch as in `make dev` detects one edit, uvicorn the other."""
    watch = Watch(patcher)
    thread = threading.Thread(target=watch.run)
    thread.start()
    warm_ms, reload_ms = [], []
    try:
        for number in range(1, rounds + 1):
            wait_for_standby(patcher.app)
            warm_ms.append(wait_until(responds, number, save_edit(patcher.package, number)))
            wait_for_standby(patcher.app)
            reload_ms.append(wait_until(reload_responds, number, save_edit(reload_package, number)))
    finally:
        watch.stop_event.set()
        thread.join()
    return warm_ms, reload_ms


def cold_patch(patcher: Patcher, responds: ResponseCheck, number: int) -> float:
    """Measure one edit without a standby process."""
    wait_for_standby(patcher.app)
    for pid in standby_pids(patcher.app.data_dir):
        os.kill(pid, signal.SIGKILL)
    began = save_edit(patcher.package, number)
    patcher.push()
    return wait_until(responds, number, began)


def timed_rollback(patcher: Patcher) -> float:
    wait_for_standby(patcher.app)
    began = time.perf_counter()
    patcher.roll_back()
    return (time.perf_counter() - began) * 1000


def wait_for_standby(app: App) -> None:
    """Wait until the next standby process is idle."""
    time.sleep(1)
    previous_ticks = None
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            (pid,) = standby_pids(app.data_dir)
            ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            if ticks == previous_ticks:
                return
            previous_ticks = ticks
        time.sleep(0.3)
    raise TimeoutError("no standby process")


def standby_memory(app: App) -> int:
    """PSS (proportional set size) of the standby process in bytes."""
    for pid in standby_pids(app.data_dir):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def patched_backend_responds(app: App) -> ResponseCheck:
    """A check of the running app's backend. Raises HotPatchError if no backend runs."""
    base_url, token = app.backend()
    return response_check(f"{base_url}{PATH}", token)


def response_check(url: str, token: str | None) -> ResponseCheck:
    """A function that returns whether the response of `url` is the given number. Reuses one connection to save time."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)

    def responds(number: int) -> bool:
        try:
            connection.request("GET", parts.path, headers={"X-Launch-Token": token} if token else {})
            return bool(json.loads(connection.getresponse().read()) == number)
        except (OSError, ValueError, http.client.HTTPException):
            connection.close()
            return False

    return responds


@contextmanager
def running_app(folder: Path) -> Iterator[App]:
    """The shell's debug build on a virtual screen with a temporary data dir."""
    with virtual_screen() as display:
        environment = desktop_environment(folder, display)
        app = App(folder / "share" / read_names(ROOT).debug_identifier)
        command = ["dbus-run-session", "--", str(SHELL)]
        devnull = subprocess.DEVNULL
        with subprocess.Popen(
            command, env=environment, stdout=devnull, stderr=devnull, start_new_session=True
        ) as shell:
            try:
                until = time.monotonic() + TIMEOUT_S
                while True:
                    try:
                        app.backend()
                        break
                    except HotPatchError:
                        if time.monotonic() > until:
                            raise
                        time.sleep(0.1)
                yield app
            finally:
                os.killpg(shell.pid, signal.SIGTERM)


@contextmanager
def uvicorn_reload(folder: Path, package: Path) -> Iterator[ResponseCheck]:
    """Run the copied package with `uvicorn --reload`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = "import sys; sys.argv[0] = 'uvicorn'; from uvicorn.main import main; main()"
    arguments = ["app.main:app", "--reload", "--port", str(port), "--app-dir", str(package.parent)]
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", run, *arguments, "--reload-dir", str(package.parent)]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "reload-data")}
    responds = response_check(f"http://127.0.0.1:{port}{PATH}", None)
    devnull = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=devnull, stderr=devnull) as server:
        try:
            wait_until(responds, 0, time.perf_counter())
            yield responds
        finally:
            server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
