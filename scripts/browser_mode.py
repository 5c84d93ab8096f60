"""Serve the app in the browser: the shell's part of the launch contract for a machine without a display.

Usage: browser_mode.py [--data-dir PATH] [--port NUMBER]. Prints one address, which carries the launch token, until Ctrl-C.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.project import staged_interpreter  # noqa: E402

KEPT_VARIABLES = (
    "HOME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "USERPROFILE",
    "LOCALAPPDATA",
    "APPDATA",
)
STOP_S = 5
TAIL_LINES = 20


def dev_data_dir() -> Path:
    """The data dir of the window's debug build, so that both show the same items."""
    identifier: str = json.loads((ROOT / "src-tauri" / "tauri.conf.json").read_text("utf-8"))["identifier"] + ".dev"
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"]) / identifier
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / identifier
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / identifier


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=dev_data_dir(), help="default: the same as the window's")
    parser.add_argument("--port", help="default: config.json's, or the system chooses")
    asked = parser.parse_args()
    try:
        asked.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"The data dir {asked.data_dir} can't be made: {error.strerror}. Name another with --data-dir.")

    token = secrets.token_urlsafe(32)
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment |= {
        "PYTHONNOUSERSITE": "1",
        "DATA_DIR": str(asked.data_dir.absolute()),
        "LAUNCH_TOKEN": token,
        "STATIC_DIR": str(ROOT / "frontend" / "dist"),
        "APP_VERSION": json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["version"],
    }
    if asked.port:
        environment["PORT"] = asked.port
    command = [
        str(staged_interpreter(ROOT)),
        "-I",
        "-B",
        "-u",
        "-X",
        "utf8",
        "-m",
        "app",
    ]
    # Its own session: Ctrl-C reaches this process alone, which then closes the backend's stdin.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as stderr:
        backend = subprocess.Popen(
            command,
            env=environment,
            cwd=asked.data_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            status = follow(backend, token, asked.data_dir)
            stderr.seek(0)
            print(*stderr.readlines()[-TAIL_LINES:], sep="", file=sys.stderr)
            return status
        except KeyboardInterrupt:
            print("\nStopped.")
            return 0
        finally:
            stop(backend)


def follow(backend: "subprocess.Popen[str]", token: str, data_dir: Path) -> int:
    """Print the address once the backend serves; return 1 when it ends by itself."""
    log = data_dir / "logs" / "fastapi.log"
    assert backend.stdout
    for line in backend.stdout:
        event = json.loads(line)
        if event["event"] == "ready":
            print(f"Data: {data_dir}\nLog:  {log}\nOpen this address in a browser on this machine; Ctrl-C stops it:\n")
            address = f"[{event['address']}]" if ":" in event["address"] else event["address"]
            print(f"  http://{address}:{event['port']}/#token={token}\n", flush=True)
        elif event["event"] == "failed":
            print(f"The backend could not start ({event['code']}): {event['message']}", file=sys.stderr)
    status = backend.wait()
    print(f"The backend ended with status {status}. Its log: {log}", file=sys.stderr)
    return 1


def stop(backend: "subprocess.Popen[str]") -> None:
    """Ask for a clean end, and insist after STOP_S seconds."""
    assert backend.stdin
    assert backend.stdout
    backend.stdin.close()
    try:
        backend.wait(STOP_S)
    except subprocess.TimeoutExpired:
        backend.kill()
    backend.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
