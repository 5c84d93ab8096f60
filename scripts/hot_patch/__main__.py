"""Patch the Python code of a running debug build: docs/hot-patching.md. Run on the bundled interpreter.

push | watch | rollback [DIGEST | base] | status | debug | docs | dev COMMAND...
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from scripts.dev.data_dirs import debug_data_dir
from scripts.hot_patch import api_changes, editor_port, prompt
from scripts.hot_patch.app import App
from scripts.hot_patch.checks import MYPY, RUFF, Check, mypy_command, ruff_command
from scripts.hot_patch.docs_proxy import DocsServer
from scripts.hot_patch.errors import AppNotRunningError, HotPatchError, PreconditionError
from scripts.hot_patch.failed_requests import FailedRequests
from scripts.hot_patch.patch import Patcher
from scripts.hot_patch.program import DEBUGGER
from scripts.hot_patch.watch import Watch

JOURNAL_LINES = 8


def log(text: str) -> None:
    """Print a line with a prefix."""
    print(f"[hot patch] {text}", flush=True)


def watch_until_interrupted(patcher: Patcher) -> int:
    """Watch until Ctrl-C."""
    watch_with_reports(Watch(patcher))
    return 0


def watch_with_reports(watch: Watch) -> None:
    """Push and check saved files, and report failed requests. Returns when `watch.stop_event` is set."""
    patcher = watch.patcher
    failed = FailedRequests(patcher.app, patcher.package, log)
    checks = [
        Check("Lint", RUFF, ruff_command, patcher.app, log),
        Check("Types", MYPY, mypy_command, patcher.app, log),
    ]
    watch.on_serving = failed.reset

    def on_pushed(files: list[Path]) -> None:
        for check in checks:
            check.schedule(files)

    watch.on_pushed = on_pushed
    threads = [
        threading.Thread(target=run, args=(watch.stop_event,), daemon=True)
        for run in (failed.run, *(check.run for check in checks))
    ]
    with DocsServer(patcher.app.backend, patcher.app.openapi_path) as docs:
        threads.append(threading.Thread(target=docs.serve_forever, daemon=True))
        for thread in threads:
            thread.start()
        log(f"watching {patcher.folder}. API docs (link for one browser): {docs.new_link()}")
        try:
            watch.run()
        finally:
            docs.shutdown()


def serve_docs(patcher: Patcher) -> int:
    """Serve the API's docs until Ctrl-C."""
    patcher.app.backend()
    with DocsServer(patcher.app.backend, patcher.app.openapi_path) as server:
        log(f"API docs (link for one browser): {server.new_link()}")
        server.serve_forever()
    return 0


def run_and_watch(patcher: Patcher, command: list[str]) -> int:
    """Run `command`, which starts the app, and patch the app until the command exits. Returns its exit status."""
    watch = Watch(patcher, regenerate=True, shows_app_log=True)
    if os.environ.get(DEBUGGER):
        try:
            port = editor_port.listen(patcher.app)
        except OSError as error:
            raise PreconditionError(
                f"An editor cannot attach: port {editor_port.PORT}: {error.strerror}. Stop the program that uses the port, such as "
                "another make dev DEBUG=1."
            ) from error
        log(f"attach your editor's debugger to 127.0.0.1:{port}")
    with subprocess.Popen(command) as process:

        def patch_app() -> None:
            while not watch.stop_event.wait(0.2):
                try:
                    patcher.app.request("status")
                except HotPatchError:
                    continue  # the app is being built, or is starting
                try:
                    watch_with_reports(watch)
                except HotPatchError as error:
                    log(str(error))
                return

        thread = threading.Thread(target=patch_app, name="watch")
        thread.start()
        while True:
            try:
                status = process.wait()
                break
            except KeyboardInterrupt:
                continue  # the command received the signal as well, and exits
        watch.stop_event.set()
        thread.join()
    return status


def print_status(patcher: Patcher) -> int:
    """Print the running, previous and failed generations, and the last events."""
    info = patcher.app.info()
    state = patcher.store.state()
    try:
        running = patcher.app.request("status")["running"]
        print(
            f"running    {short_name(running, info.base_digest)}{'' if state['confirmed'] or not state['current'] else ', on probation'}"
        )
    except AppNotRunningError:
        # A generation that was being tried when the app was killed is skipped.
        pending = state["pending"] if not state["attempts"] else None
        print(f"next start {short_name(pending or state['current'] or info.base_digest, info.base_digest)}")
    # The installed code is always available for a rollback.
    for digest in [*reversed(state["history"]), info.base_digest] if state["current"] else []:
        print(f"previous   {short_name(digest, info.base_digest)}")
    if not state["current"]:
        print("previous   none: the installed code is current")
    for digest, reason in state["quarantined"].items():
        print(f"failed     {digest[:12]}: {reason}")
    if (damaged := patcher.app.hot_dir / "state.broken.json").exists():
        print(f"damaged    {damaged}: the earlier history is lost. Delete the file after inspecting it")
    source = patcher.source.read().digest
    print(f"source     {short_name(source, info.base_digest)}")
    journal = patcher.app.hot_dir / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []  # without an incomplete last line
    for line in lines[-JOURNAL_LINES:]:
        entry = json.loads(line)
        timestamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry["at"]))
        print(f"{timestamp}  {entry['what']} {(entry['digest'] or '')[:12]} {entry['why']}".rstrip())
    return 0


def short_name(digest: str, base: str) -> str:
    """The first 12 digits, with a note if it is the installed code."""
    return f"{digest[:12]}{' (as installed)' if digest == base else ''}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data dir of the app (default: the debug build of this checkout)")
    commands = parser.add_subparsers(dest="command", required=True)
    push = commands.add_parser("push", help="run the current source in the app")
    push.add_argument("--again", action="store_true", help="even if the same code failed before")
    push.add_argument("--migrate", action="store_true", help="allow new migrations of the database")
    commands.add_parser("watch", help="push at each save")
    commands.add_parser("docs", help="serve the API's docs to a browser")
    rollback = commands.add_parser("rollback", help="run the previous code in the app")
    rollback.add_argument("digest", nargs="?", help="a digest that status lists, or base for the installed code")
    rollback.add_argument("--with-database", action="store_true", help="also restore the backup of the database")
    commands.add_parser("status", help="show the running, previous and failed code")
    commands.add_parser("debug", help="open a prompt at each breakpoint() that is reached")
    dev = commands.add_parser("dev", help="run a command that starts the app, and watch")
    dev.add_argument("run", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    patcher = Patcher(App(options.data_dir or debug_data_dir()), log=log)
    try:
        match options.command:
            case "push":
                pushed = patcher.push(again=options.again, migrate=options.migrate)
                log(str(pushed))
                if not pushed.deferred:
                    api_changes.report(patcher.app, log)
                return 0
            case "watch":
                return watch_until_interrupted(patcher)
            case "rollback":
                rolled_back = patcher.roll_back(options.digest, with_database=options.with_database)
                log(str(rolled_back))
                if not rolled_back.deferred:
                    api_changes.report(patcher.app, log)
                return 0
            case "status":
                return print_status(patcher)
            case "docs":
                return serve_docs(patcher)
            case "debug":
                prompt.serve_prompts(patcher.app, log)
                return 0
            case _:
                return run_and_watch(patcher, options.run)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"error: {error}. Nothing was changed.", file=sys.stderr)
        return 1
    except HotPatchError as error:
        text = error.text.rstrip()
        print(f"{text}\nerror: {error}".lstrip(), file=sys.stderr)
        if options.command == "push" and not isinstance(error, AppNotRunningError):
            patcher.app.notify("report", title=str(error), text=error.text)
        return 1


if __name__ == "__main__":
    apply_tool_environment()
    try:
        status_code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status_code = 0
    sys.exit(status_code)
