"""From the start of the app to what its window shows, against a window with a static page. Linux: Xvfb and WebDriver.

Run on the bundled interpreter with the dev tools: `-m proof.bench.window TIMES`.
Prints JSON lists by name, in ms from the moment the driver was asked: the app's first content, its items (those that it
showed last, until the backend is ready), the backend's answer with them; the static page's content.
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
from proof.bench.measure import Line, medians
from proof.bench.programs import BUNDLED, STAGED, running
from proof.bench.throughput import ITEMS
from runtime.host.tool_environment import apply_tool_environment
from scripts.app_names import read_names
from scripts.project import ROOT, RUN

SHELL = ROOT / "src-tauri" / "target" / "debug" / read_names(ROOT).program
STATIC = SHELL.parent / "examples" / "static_window"
"""Built from the same crates in the same profile; shows only a static page."""
DRIVER = ROOT / "build" / "tools" / "bin" / "tauri-driver"
LAST = "The last of the items"
# requestAnimationFrame may not fire on a virtual screen, and polling would take CPU time from the starting backend.
SEEN = f"""
const [path, done] = arguments
const at = (moment) => performance.timeOrigin + moment
const observer = new MutationObserver(look)
observer.observe(document, {{ childList: true, subtree: true, characterData: true }})
look()
function look() {{
  if (!document.body?.textContent.includes("{LAST}")) return
  observer.disconnect()
  const seen = at(performance.now())
  const report = () => {{
    const painted = performance.getEntriesByName("first-contentful-paint")[0]
    const answer = performance.getEntriesByType("resource").find(({{ name }}) => path && name.includes(path))
    if (!painted || (path && !answer)) return setTimeout(report, 4)
    done([at(painted.startTime), seen, at(answer?.responseEnd ?? 0)])
  }}
  report()
}}
"""


def measure(times: int) -> list[Line]:
    """The lines of this part; empty without a virtual screen, WebDriver or debug build of the shell."""
    if not (shutil.which("Xvfb") and shutil.which("dbus-run-session") and DRIVER.exists() and SHELL.exists()):
        return []
    build = ("build", "--quiet", "--features", "custom-protocol,hot-reload", "--bins", "--example", STATIC.name)
    subprocess.run([sys.executable, RUN, "scripts.setup.cargo", *build], check=True)
    command = [*BUNDLED, RUN, "scripts.setup.with_dev_tools", "-m", "proof.bench.window", str(times)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    middle = medians(json.loads(ran.stdout.splitlines()[-1]))
    against, static = "a window with a static page", middle["static"]
    return [
        Line("window opened, to the items (debug shell, Xvfb)", middle["items"], "ms", against, static, 1.3),
        Line("window opened, to the backend's answer with them", middle["answer"], "ms", against, static),
        Line("window opened, to its first content", middle["content"], "ms", against, static),
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
        _fill(home / "share" / read_names(ROOT).debug_identifier)

        def moments(program: Path, path: str = "") -> list[float]:
            began = time.time() * 1000
            window = open_window(f"http://127.0.0.1:{port}", program)
            try:
                window.driver.set_script_timeout(60)
                moments = window.driver.execute_async_script(SEEN, path)
            finally:
                window.close()
            return [moment - began for moment in moments]

        taken: dict[str, list[float]] = {name: [] for name in ("content", "items", "answer", "static")}
        for _ in range(times + 1):
            # A static page's content is complete when it is painted.
            for name, moment in zip(taken, [*moments(SHELL, ITEMS), moments(STATIC)[0]], strict=True):
                taken[name].append(moment)
        print(json.dumps({name: of[1:] for name, of in taken.items()}))  # without the first run, which fills caches


def _fill(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    with running(STAGED, data_dir) as backend:
        client = Client(backend.port)
        for title in [*["An item"] * 20, LAST]:
            client.post(ITEMS, json.dumps({"title": title}))
        client.close()


if __name__ == "__main__":
    apply_tool_environment()
    _open_windows(int(sys.argv[1]))
