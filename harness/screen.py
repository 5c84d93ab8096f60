"""A virtual X screen (Xvfb, Linux only) and the environment of a desktop session on it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_screen() -> Iterator[str]:
    """Start Xvfb on a free display number and yield its DISPLAY.

    -noreset: otherwise Xvfb resets when its last client disconnects, and drops a client that connects in that moment.
    """
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as numbers:
                yield f":{numbers.readline().strip()}"
        finally:
            server.terminate()


def desktop_environment(home: Path, display: str) -> dict[str, str]:
    """Environment variables of a desktop session with home folder `home`."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "CARGO_HOME", "RUSTUP_HOME") if name in os.environ}
    runtime_dir = home / "run"
    runtime_dir.mkdir(mode=0o700)
    return inherited | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "share"),
        "XDG_RUNTIME_DIR": str(runtime_dir),
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        "NO_AT_BRIDGE": "1",
    }
