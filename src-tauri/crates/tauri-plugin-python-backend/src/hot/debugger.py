"""The debugger of a debug build. The shell runs this source before source_paths.py and run.py; releases do not contain it.

`breakpoint()` opens pdb on a loopback socket for `make debug`. With BACKEND_DEBUGGER, the folder that contains debugpy, it
stops in the attached editor (`make dev DEBUG=1`). While a thread is stopped, a `paused` event is written to stdout every second.
"""

import contextlib
import faulthandler
import itertools
import json
import os
import pdb
import secrets
import socket
import sys
import threading
import time
import types

PAUSED_INTERVAL_S = 1.0
"""Interval of the `paused` events. Shorter than the supervisor's `pause_lease`."""
TOKEN_TIMEOUT_S = 5.0
"""Time for a client to send the token of the prompt."""
INPUT_REQUEST = "\0"
"""Sent after each prompt. The client responds with a line of input."""


class Pause:
    """Notifies the launcher while a thread is stopped. A context manager, entered by each stopped thread."""

    def __init__(self):
        self.stdout = os.dup(1)  # the backend redirects fd 1
        self.lock = threading.Lock()
        self.stopped = 0
        self.started = 0.0
        self.previous_s = 0.0
        self.resumed = threading.Event()

    def __enter__(self):
        with self.lock:
            self.stopped += 1
            if self.stopped == 1:
                faulthandler.cancel_dump_traceback_later()  # set by run.py for a slow start; a start that a debugger has stopped is not slow
                self.started = time.monotonic()
                self.resumed = threading.Event()
                self.emit("paused")
                repeat = threading.Thread(target=self.repeat, args=(self.resumed,), name="paused", daemon=True)
                repeat.pydev_do_not_trace = repeat.is_pydev_daemon_thread = True  # debugpy stops all other threads
                repeat.start()

    def __exit__(self, *_):
        with self.lock:
            self.stopped -= 1
            if not self.stopped:
                self.previous_s += time.monotonic() - self.started
                self.resumed.set()
                self.emit("resumed")

    def repeat(self, resumed):
        while not resumed.wait(PAUSED_INTERVAL_S):
            with self.lock:
                if not resumed.is_set():
                    self.emit("paused")

    def emit(self, event):
        with contextlib.suppress(OSError):  # the launcher has exited
            os.write(self.stdout, json.dumps({"event": event}).encode() + b"\n")

    def total_s(self):
        """Total time in seconds for which a thread was stopped."""
        with self.lock:
            return self.previous_s + (time.monotonic() - self.started if self.stopped else 0.0)


class EndpointFile:
    """A private file in the data dir's hot/ folder with the port on which a debugger listens."""

    numbers = itertools.count()

    def __init__(self, kind, **content):
        folder = os.path.join(os.environ["DATA_DIR"], "hot")
        os.makedirs(folder, 0o700, exist_ok=True)
        self.path = os.path.join(folder, f"{kind}-{os.getpid()}-{next(self.numbers)}.json")
        partial = f"{self.path}.tmp"
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(partial, self.path)

    def remove(self):
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class PromptConnection:
    """Connection to the client of a prompt. `readline` returns an empty string if the client has disconnected."""

    encoding = "utf-8"

    def __init__(self, location):
        token = secrets.token_urlsafe(32)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            endpoint = EndpointFile("prompt", port=listener.getsockname()[1], token=token, location=location)
            print_stderr(f"Stopped at {location}. For the prompt, run this in another terminal: make debug")
            try:
                self.connection = self.accept(listener, token.encode())
            finally:
                endpoint.remove()
        self.lines = self.connection.makefile("r", encoding="utf-8", errors="replace")

    @staticmethod
    def accept(listener, token):
        while True:
            connection, _ = listener.accept()
            connection.settimeout(TOKEN_TIMEOUT_S)
            with contextlib.suppress(OSError):
                if secrets.compare_digest(connection.recv(len(token), socket.MSG_WAITALL), token):
                    connection.settimeout(None)
                    return connection
            connection.close()

    def write(self, text):
        with contextlib.suppress(OSError):
            self.connection.sendall(text.encode("utf-8", "replace"))

    def flush(self):
        pass

    def readline(self):
        self.write(INPUT_REQUEST)
        try:
            return self.lines.readline()
        except (OSError, ValueError):
            return ""

    def close(self):
        self.lines.close()
        self.connection.close()


class RemotePdb(pdb.Pdb):
    """pdb for a server: quitting it resumes the program."""

    def __init__(self, frame, header):
        with PAUSE:
            self.terminal = PromptConnection(location_of(frame))
        super().__init__(stdin=self.terminal, stdout=self.terminal, nosigint=True, mode="inline")
        if header is not None:
            self.message(header)

    def cmdloop(self, intro=None):
        with PAUSE:
            super().cmdloop(intro)

    def do_continue(self, arg):
        """c(ont(inue)): resume, and stop at the next breakpoint."""
        stop = super().do_continue(arg)
        if stop and not self.breaks:
            self.terminal.close()
        return stop

    def do_quit(self, arg):
        """q(uit) | exit: clear all breakpoints and resume."""
        self.clear_all_breaks()
        self.set_continue()
        self.terminal.close()
        return 1

    do_c = do_cont = do_continue
    do_q = do_exit = do_EOF = do_quit  # noqa: N815 (pdb's name)


class DebugpyServer:
    """Runs debugpy in this process while it serves. The port of `make dev DEBUG=1` forwards to the serving process."""

    def __init__(self, packages):
        self.packages = packages
        self.lock = threading.Lock()
        self.endpoint = None
        self.draining = False

    def listen(self):
        with self.lock:
            if self.endpoint or self.draining:
                return
            sys.path.append(self.packages)  # for these imports only: the app must not import development packages
            import debugpy.server  # puts pydevd on sys.path
            import pydevd

            sys.path.remove(self.packages)
            environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
            debugpy.configure(subProcess=False, pythonEnv=environment | {"PYTHONDONTWRITEBYTECODE": "1"})
            suspend = pydevd.PyDB.do_wait_suspend

            def do_wait_suspend(*args, **kwargs):
                with PAUSE:
                    return suspend(*args, **kwargs)

            pydevd.PyDB.do_wait_suspend = do_wait_suspend
            _, port = debugpy.listen(("127.0.0.1", 0))
            sys.breakpointhook = breakpointhook  # debugpy replaces it
            self.endpoint = EndpointFile("editor", port=port)

    def stop(self, frame):
        self.listen()
        import debugpy
        import pydevd

        if not debugpy.is_client_connected():
            print_stderr(f"Stopped at {location_of(frame)}, until an editor is attached")
            with PAUSE:
                debugpy.wait_for_client()
        # Like debugpy.breakpoint(), but in the frame that called breakpoint().
        pydevd.settrace(
            suspend=True,
            trace_only_current_thread=True,
            patch_multiprocessing=False,
            notify_stdin=False,
            stop_at_frame=frame,
        )

    def detach(self):
        """Disconnect the editor, which then attaches to the serving process. If a thread is stopped, stay connected."""
        with self.lock:
            self.draining = True
            if not self.endpoint:
                return
            self.endpoint.remove()
            import pydevd

            if not PAUSE.stopped:
                pydevd.stoptrace()  # the adapter requests that the editor attaches again


def location_of(frame):
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def print_stderr(text):
    print(text, file=sys.stderr, flush=True)


def debug(frame, header, commands):
    if DEBUGPY_SERVER:
        DEBUGPY_SERVER.stop(frame)
    else:
        RemotePdb(frame, header).set_trace(frame, commands=commands)


def breakpointhook(*_, header=None, commands=None, **__):
    debug(sys._getframe(1), header, commands)


def set_trace(*, header=None, commands=None):
    debug(sys._getframe(1), header, commands)


async def set_trace_async(*, header=None, commands=None):
    frame = sys._getframe(1)
    if DEBUGPY_SERVER:
        DEBUGPY_SERVER.stop(frame)
    else:
        await RemotePdb(frame, header).set_trace_async(frame, commands=commands)


def in_thread(work):
    thread = threading.Thread(target=work, name="debugger", daemon=True)
    thread.pydev_do_not_trace = thread.is_pydev_daemon_thread = True
    thread.start()


PAUSE = Pause()
DEBUGPY_SERVER = DebugpyServer(os.environ["BACKEND_DEBUGGER"]) if os.environ.get("BACKEND_DEBUGGER") else None

sys.breakpointhook = breakpointhook
pdb.set_trace, pdb.set_trace_async = set_trace, set_trace_async

# Called by backend_host/launch/debugging.py.
hooks = types.ModuleType("launcher_debugger")
hooks.paused_s = PAUSE.total_s
hooks.on_serving = lambda: DEBUGPY_SERVER and in_thread(DEBUGPY_SERVER.listen)
hooks.on_draining = lambda: DEBUGPY_SERVER and in_thread(DEBUGPY_SERVER.detach)
sys.modules[hooks.__name__] = hooks
