"""Serve the app in the browser, for a machine without a display: a launcher instead of the shell.

Usage: browser_mode.py [--data-dir PATH] [--port NUMBER]. Prints an address that contains the launch token. Ctrl-C stops it.
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

from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import staged_interpreter
from scripts.dev.data_dirs import debug_data_dir
from scripts.project import ROOT

# Variables that the shell passes (src-tauri/crates/backend-supervisor/src/environment.rs); a test compares the two.
INHERITED_VARIABLES = {
    "posix": frozenset({"HOME", "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME"}),
    "nt": frozenset(
        """PATH PATHEXT SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC TEMP TMP USERNAME USERPROFILE HOMEDRIVE HOMEPATH APPDATA
        LOCALAPPDATA PROGRAMDATA NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE""".split()  # noqa: SIM905 (far shorter)
    ),
}
INHERITED_PREFIXES = {"posix": ("LC_", "XDG_"), "nt": ()}
STOP_TIMEOUT_S = 5
TAIL_LINES = 20


def inherited_variables() -> dict[str, str]:
    """Environment variables that the backend inherits. Others may be settings of another program."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED_VARIABLES[os.name] or name.startswith(INHERITED_PREFIXES[os.name])
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=debug_data_dir(), help="default: the same as the window's")
    parser.add_argument("--port", help="default: config.json's, or the system chooses")
    options = parser.parse_args()
    try:
        options.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(
            f"The data dir {options.data_dir} cannot be created: {error.strerror}. Select another with --data-dir."
        )

    token = secrets.token_urlsafe(32)
    environment = inherited_variables() | {
        "PYTHONNOUSERSITE": "1",
        "DATA_DIR": str(options.data_dir.absolute()),
        "LAUNCH_TOKEN": token,
        "STATIC_DIR": str(ROOT / "frontend" / "dist"),
        "APP_VERSION": json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["version"],
    }
    if options.port:
        environment["PORT"] = options.port
    command = [str(staged_interpreter(ROOT)), *CONTRACT_FLAGS, "-m", "app"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # start_new_session: Ctrl-C reaches only this process, which then closes the backend's stdin.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as stderr:
        backend = subprocess.Popen(
            command,
            env=environment,
            cwd=options.data_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            status = report_events(backend, token, options.data_dir)
            stderr.seek(0)
            print(*stderr.readlines()[-TAIL_LINES:], sep="", file=sys.stderr)
            return status
        except KeyboardInterrupt:
            print("\nStopped.")
            return 0
        finally:
            stop(backend)


def report_events(backend: "subprocess.Popen[str]", token: str, data_dir: Path) -> int:
    """Print the address when the backend is ready. Returns 1 when the backend exits."""
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
    print(f"The backend exited with status {status}. Its log: {log}", file=sys.stderr)
    return 1


def stop(backend: "subprocess.Popen[str]") -> None:
    """Stop the process gracefully, or kill it after STOP_TIMEOUT_S."""
    assert backend.stdin
    assert backend.stdout
    backend.stdin.close()
    try:
        backend.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        backend.kill()
    backend.stdout.close()


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
