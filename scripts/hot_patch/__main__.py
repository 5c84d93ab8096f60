"""Patch the Python of a debug build of the app without rebuilding it: docs/hot-patching.md. Run on the bundled interpreter.

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
from scripts.hot_patch import drift, editor_port, prompt
from scripts.hot_patch.app import App
from scripts.hot_patch.checks import Check, lint, types
from scripts.hot_patch.docs_page import DocsServer
from scripts.hot_patch.errors import HotPatchError, NoAppError, RefusedError
from scripts.hot_patch.failed_requests import FailedRequests
from scripts.hot_patch.patch import Patcher
from scripts.hot_patch.program import DEBUGGER
from scripts.hot_patch.watch import Watch

JOURNAL_LINES = 8


def say(text: str) -> None:
    """Print a line with a prefix, to distinguish it from the app's output."""
    print(f"[hot patch] {text}", flush=True)


def watch(patcher: Patcher) -> int:
    """Watch until Ctrl-C."""
    watch_with_reports(Watch(patcher))
    return 0


def watch_with_reports(watching: Watch) -> None:
    """Push and check saved files, and report failed requests. Returns when `watching.over` is set."""
    patcher = watching.patcher
    failed = FailedRequests(patcher.app, patcher.package, say)
    checks = [Check(name, command, patcher.app, say) for name, command in (("Lint", lint), ("Types", types))]
    watching.on_serving = failed.forget

    def on_saved(files: list[Path]) -> None:
        for check in checks if files else ():
            check.saved(files)

    watching.on_saved = on_saved
    threads = [
        threading.Thread(target=run, args=(watching.over,), daemon=True)
        for run in (failed.run, *(check.run for check in checks))
    ]
    with DocsServer(patcher.app.backend, patcher.app.openapi_path) as docs:
        threads.append(threading.Thread(target=docs.serve_forever, daemon=True))
        for thread in threads:
            thread.start()
        say(f"watching {patcher.folder}. API docs, for one browser: {docs.new_link()}")
        try:
            watching.run()
        finally:
            docs.shutdown()


def docs(patcher: Patcher) -> int:
    """Serve the API's docs until Ctrl-C."""
    patcher.app.backend()
    with DocsServer(patcher.app.backend, patcher.app.openapi_path) as server:
        say(f"API docs, for one browser: {server.new_link()}")
        server.serve_forever()
    return 0


def dev(patcher: Patcher, command: list[str]) -> int:
    """Run `command`, which starts the app, and patch the app until the command exits. Returns its exit status."""
    watching = Watch(patcher, regenerate=True, log_is_shown=True)
    if os.environ.get(DEBUGGER):
        try:
            port = editor_port.listen(patcher.app)
        except OSError as error:
            raise RefusedError(
                f"An editor can't attach: port {editor_port.PORT}: {error.strerror}. Stop the program that uses it, such as "
                "another make dev DEBUG=1."
            ) from error
        say(f"attach your editor's debugger to 127.0.0.1:{port}")
    with subprocess.Popen(command) as process:

        def patch() -> None:
            while not watching.over.wait(0.2):
                try:
                    patcher.app.ask("status")
                except HotPatchError:
                    continue  # it is being built, or starts
                try:
                    watch_with_reports(watching)
                except HotPatchError as error:
                    say(str(error))
                return

        thread = threading.Thread(target=patch, name="watch")
        thread.start()
        while True:
            try:
                status = process.wait()
                break
            except KeyboardInterrupt:
                continue  # it has had the same, and ends
        watching.over.set()
        thread.join()
    return status


def status(patcher: Patcher) -> int:
    """What runs, what ran, what failed, and what happened last."""
    about = patcher.app.about()
    pointer = patcher.store.pointer()
    try:
        running = patcher.app.ask("status")["running"]
        print(
            f"running    {name(running, about.base_digest)}{'' if pointer['confirmed'] or not pointer['current'] else ', on probation'}"
        )
    except NoAppError:
        # What was being tried when the app was killed is passed over.
        pending = pointer["pending"] if not pointer["attempts"] else None
        print(f"next start {name(pending or pointer['current'] or about.base_digest, about.base_digest)}")
    # What was installed is below all that was pushed, and may always be gone back to.
    for digest in [*reversed(pointer["history"]), about.base_digest] if pointer["current"] else []:
        print(f"before     {name(digest, about.base_digest)}")
    if not pointer["current"]:
        print("before     nothing: it begins with what was installed. What was pushed and gone back from is not stored")
    for digest, why in pointer["quarantined"].items():
        print(f"failed     {digest[:12]}: {why}")
    if (broken := patcher.app.hot / "state.broken.json").exists():
        print(f"broken     {broken}: what ran before it is not known; delete it once you have looked")
    source = patcher.source.read().digest
    print(f"source     {name(source, about.base_digest)}")
    journal = patcher.app.hot / "journal.jsonl"
    for line in journal.read_text("utf-8").splitlines()[-JOURNAL_LINES:] if journal.exists() else []:
        entry = json.loads(line)
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry["at"]))
        print(f"{at}  {entry['what']} {(entry['digest'] or '')[:12]} {entry['why']}".rstrip())
    return 0


def name(digest: str, base: str) -> str:
    """As people see it."""
    return f"{digest[:12]}{' (as installed)' if digest == base else ''}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="of the app to patch (default: the debug build of this checkout)")
    commands = parser.add_subparsers(dest="command", required=True)
    push = commands.add_parser("push", help="have the app run the source as it is now")
    push.add_argument("--again", action="store_true", help="though the same code failed before")
    push.add_argument("--migrate", action="store_true", help="though the schema of the database changes")
    commands.add_parser("watch", help="push whenever the source is saved")
    commands.add_parser("docs", help="serve the API's docs to a browser")
    rollback = commands.add_parser("rollback", help="have the app run what it ran before")
    rollback.add_argument("digest", nargs="?", help="one of status's; or base: what was installed")
    rollback.add_argument("--with-database", action="store_true", help="though the schema of the database changes")
    commands.add_parser("status", help="what runs, what ran, and what failed")
    commands.add_parser("debug", help="open the prompt of each breakpoint() that is reached")
    run = commands.add_parser("dev", help="run a command that starts the app, and watch")
    run.add_argument("run", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    patcher = Patcher(App(asked.data_dir or debug_data_dir()), say=say)
    try:
        match asked.command:
            case "push":
                done = patcher.push(again=asked.again, migrate=asked.migrate)
                say(str(done))
                if not done.deferred:
                    drift.report(patcher.app, say)
                return 0
            case "watch":
                return watch(patcher)
            case "rollback":
                back = patcher.roll_back(asked.digest, with_database=asked.with_database)
                say(str(back))
                if not back.deferred:
                    drift.report(patcher.app, say)
                return 0
            case "status":
                return status(patcher)
            case "docs":
                return docs(patcher)
            case "debug":
                prompt.attend(patcher.app, say)
                return 0
            case _:
                return dev(patcher, asked.run)
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
        if asked.command == "push" and not isinstance(error, NoAppError):
            patcher.app.notify("report", title=str(error), text=error.text)
        return 1


if __name__ == "__main__":
    apply_tool_environment()
    try:
        status_code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status_code = 0
    sys.exit(status_code)
