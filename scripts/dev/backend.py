"""Serve the backend from its source, with /docs, and restart it when a file changes: `make backend-dev`. Run on the bundled interpreter."""

import argparse
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from scripts.project import ROOT

POLL_S = 0.1
STOP_TIMEOUT_S = 10


class Backend:
    """A restartable backend. Except on Windows, its processes share one socket: requests wait during a restart."""

    def __init__(self, source: Path, data_dir: Path, port: int) -> None:
        self.source = source
        self.environment = {"FASTAPI_ENV": "development", "DATA_DIR": str(data_dir)}
        self.arguments: list[str] = []
        self.pass_fds: tuple[int, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None
        if sys.platform == "win32":  # child processes cannot inherit a file descriptor
            self.arguments += ["--port", str(port)]
            return
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.pass_fds = (self.listener.fileno(),)
        self.arguments += ["--listen-fd", str(self.listener.fileno())]

    def start(self) -> None:
        from runtime.integrity.self_check import CONTRACT_FLAGS
        from scripts.hot_patch.program import program_arguments, program_code

        run = ["-c", program_code(with_debugger=True), *program_arguments(self.source, self.source)]
        self.process = subprocess.Popen(
            [sys.executable, *CONTRACT_FLAGS, *run, *self.arguments],
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,  # EOF requests a stop (launch contract)
            pass_fds=self.pass_fds,
        )

    def stop(self) -> None:
        """Stop the process gracefully, or kill it after STOP_TIMEOUT_S."""
        if not self.process:
            return
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def has_exited(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def log(text: str) -> None:
    print(f"[backend-dev] {text}", flush=True)


def run(backend: Backend) -> None:
    """Serve and restart until interrupted."""
    from runtime.app_source import AppSource
    from scripts.hot_patch.errors import HotPatchError
    from scripts.hot_patch.source import Source

    source = Source(backend.source, AppSource.read(ROOT).packages)
    running = seen = source.read()
    reported_error = ""
    backend.start()
    exit_reported = False
    while True:
        time.sleep(POLL_S)
        if backend.has_exited and not exit_reported:
            log("The backend exited. It starts again when you save a file.")
            exit_reported = True
        try:
            now = source.read()
            # Two reads must agree, because an editor writes a file in several steps.
            if now != seen or now == running:
                seen = now
                continue
            changed = now.changed_from(running)
            now.compile_files(changed, backend.source)
        except OSError:
            continue  # a file is being replaced
        except HotPatchError as error:
            if str(error) != reported_error:
                reported_error = str(error)
                log(f"{error.text}{error} The running code is unchanged.")
            continue
        running, reported_error = now, ""
        log(f"Restarting: {', '.join(changed) or 'a file was deleted'}")
        backend.stop()
        backend.start()
        exit_reported = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=ROOT / "python-backend", help="folder of the backend's packages")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data")
    parser.add_argument("--port", type=int, required=True)
    from scripts.hot_patch.errors import HotPatchError

    arguments = parser.parse_args()
    try:
        backend = Backend(arguments.source.resolve(), arguments.data_dir.resolve(), arguments.port)
    except OSError as error:
        print(
            f"error: port {arguments.port}: {error.strerror}. Choose another: make backend-dev DEV_PORT=…",
            file=sys.stderr,
        )
        return 1
    try:
        run(backend)
    except KeyboardInterrupt:
        pass
    except HotPatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        backend.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
