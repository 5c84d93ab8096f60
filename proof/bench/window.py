"""Time from launch to displayed content, compared with a window with a static page. Linux only (Xvfb and WebDriver).

Run on the bundled interpreter with the dev tools: `-m proof.bench.window TIMES`. Prints JSON lists by name, in ms from the
WebDriver request: `content` (the app's first contentful paint), `items` (the items are displayed; they come from the
persisted queries if the backend is not ready), `response` (the backend's response with the items) and `static` (the
static page's first contentful paint).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from proof.bench.client import Client
from proof.bench.measure import Benchmark, medians
from proof.bench.programs import BUNDLED, STAGED, running
from proof.bench.throughput import ITEMS_PATH
from runtime.host.tool_environment import apply_tool_environment
from scripts.app_names import read_names
from scripts.project import ROOT, RUN

APP = ROOT / "src-tauri" / "target" / "debug" / read_names(ROOT).program
STATIC_WINDOW = APP.parent / "examples" / "static_window"
"""A window with a static page, built from the same crates with the same profile."""
DRIVER = ROOT / "build" / "tools" / "bin" / "tauri-driver"
LAST_TITLE = "The last of the items"
# requestAnimationFrame may not fire on a virtual screen, and polling would take CPU time from the starting backend.
REPORT_TIMES = f"""
const [path, done] = arguments
const epochTime = (time) => performance.timeOrigin + time
const observer = new MutationObserver(check)
observer.observe(document, {{ childList: true, subtree: true, characterData: true }})
check()
function check() {{
  if (!document.body?.textContent.includes("{LAST_TITLE}")) return
  observer.disconnect()
  const displayed = epochTime(performance.now())
  const report = () => {{
    const painted = performance.getEntriesByName("first-contentful-paint")[0]
    const response = performance.getEntriesByType("resource").find(({{ name }}) => path && name.includes(path))
    if (!painted || (path && !response)) return setTimeout(report, 4)
    done([epochTime(painted.startTime), displayed, epochTime(response?.responseEnd ?? 0)])
  }}
  report()
}}
"""


def measure(times: int) -> list[Benchmark]:
    """The benchmarks of this module; empty without Xvfb, WebDriver or a debug build of the shell."""
    if not (shutil.which("Xvfb") and shutil.which("dbus-run-session") and DRIVER.exists() and APP.exists()):
        return []
    build = ("build", "--quiet", "--features", "custom-protocol,hot-reload", "--bins", "--example", STATIC_WINDOW.name)
    subprocess.run([sys.executable, RUN, "scripts.setup.cargo", *build], check=True)
    command = [*BUNDLED, RUN, "scripts.setup.with_dev_tools", "-m", "proof.bench.window", str(times)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    launch_ms = medians(json.loads(result.stdout.splitlines()[-1]))
    baseline, static_ms = "window with a static page", launch_ms["static"]
    return [
        Benchmark("launch to items displayed (debug shell, Xvfb)", launch_ms["items"], "ms", baseline, static_ms, 1.3),
        Benchmark("launch to the backend's response with items", launch_ms["response"], "ms", baseline, static_ms),
        Benchmark("launch to first contentful paint", launch_ms["content"], "ms", baseline, static_ms),
    ]


def _open_windows(times: int) -> None:
    from harness.ports import free_port, wait_for_port
    from harness.screen import desktop_environment, virtual_screen
    from harness.window import open_window

    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        desktop = desktop_environment(home, stack.enter_context(virtual_screen()))
        port, native_port = free_port(), free_port()
        command = ["dbus-run-session", "--", str(DRIVER), "--port", str(port), "--native-port", str(native_port)]
        driver = subprocess.Popen(
            command, env=desktop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        stack.callback(lambda: os.killpg(driver.pid, 15))
        for needed in (native_port, port):
            wait_for_port(needed, driver)
        _create_items(home / "share" / read_names(ROOT).debug_identifier)

        def launch_times(program: Path, path: str = "") -> list[float]:
            began = time.time() * 1000
            window = open_window(f"http://127.0.0.1:{port}", program, reserves_port=False)
            try:
                window.driver.set_script_timeout(60)
                timestamps = window.driver.execute_async_script(REPORT_TIMES, path)
            finally:
                window.close()
            return [timestamp - began for timestamp in timestamps]

        times_ms: dict[str, list[float]] = {name: [] for name in ("content", "items", "response", "static")}
        for _ in range(times + 1):
            # A static page's content is complete when it is painted.
            launch = [*launch_times(APP, ITEMS_PATH), launch_times(STATIC_WINDOW)[0]]
            for name, time_ms in zip(times_ms, launch, strict=True):
                times_ms[name].append(time_ms)
        # Without the first run, which fills caches.
        print(json.dumps({name: values[1:] for name, values in times_ms.items()}))


def _create_items(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    with running(STAGED, data_dir) as backend:
        client = Client(backend.port)
        for title in [*["An item"] * 20, LAST_TITLE]:
            client.post(ITEMS_PATH, json.dumps({"title": title}))
        client.close()


if __name__ == "__main__":
    apply_tool_environment()
    _open_windows(int(sys.argv[1]))
