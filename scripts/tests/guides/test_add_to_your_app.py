"""Executes docs/add-to-your-app.md with a new app of create-tauri-app."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By

from harness.app import ROOT
from harness.guide import apply_block, blocks
from harness.processes import backend_pid, expect_exit
from harness.waiting import wait_until
from harness.window import Window, open_window
from runtime.project import Project
from runtime.targets import host_target
from scripts.setup import cargo
from scripts.tests.installed.packages import bundle_debug

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

GUIDE = (ROOT / "docs" / "add-to-your-app.md").read_text("utf-8")
STEPS = [blocks(step) for step in re.split(r"^## (?:\d+\. )?", GUIDE, flags=re.MULTILINE)[1:9]]
DEBUG = "--debug --no-bundle --features tauri-plugin-python-backend/hot-reload"
# As the template's debug build, whose compiled dependencies are reused.
PROFILE = """-- --config 'profile.dev.debug="line-tables-only"' --config profile.dev.package.sha2.opt-level=3"""
NAME = "my-app"


def run(folder: Path, script: str) -> None:
    variables = cargo.environment() | {"CARGO_NET_OFFLINE": "true"}
    subprocess.run(["sh", "-e", "-c", script], cwd=folder, env=variables, check=True)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app after all eight steps, as a debug build instead of a release."""
    create, add, backend, stage, shell, page, develop, build = STEPS
    parent = tmp_path_factory.mktemp("apps")
    app = parent / NAME
    run(parent, create[0][1])
    assert add == [("sh", "python3 -m scripts.engine add ../my-app\n")]
    run(ROOT, f"python3 -m scripts.engine add {shlex.quote(str(app))}")
    for language, code in (*backend, *shell, *page):
        apply_block(language, code, app)
    run(app, stage[0][1])
    (app / "src-tauri" / "Cargo.lock").write_bytes((ROOT / "src-tauri" / "Cargo.lock").read_bytes())
    run(
        app / "src-tauri", "cargo metadata --format-version 1 > /dev/null"
    )  # adds the app to Cargo.lock, as the build of step 7 does
    config, bundle = build[0][1].splitlines()
    run(app, f"{config} --allow-go-module\n{bundle} {DEBUG} {PROFILE}")
    assert "--features tauri-plugin-python-backend/hot-reload" in develop[0][1]
    return app


@pytest.fixture
def window(app: Path, driver_url: str) -> Iterator[Window]:
    opened = open_window(driver_url, ROOT / "src-tauri" / "target" / "debug" / app.name)
    yield opened
    opened.close()


def greeting(window: Window, name: str) -> str:
    """Text of the page after the backend has responded."""
    field = window.driver.find_element(By.ID, "greet-input")
    field.clear()
    field.send_keys(name)
    window.driver.find_element(By.CSS_SELECTOR, "#greet-form button").click()
    return window.wait_visible(f"//*[@id='greet-msg' and contains(., '{name}')]").text


def backend(window: Window) -> dict[str, Any]:
    script = "window.__TAURI_INTERNALS__.invoke('plugin:python-backend|start_backend').then(arguments[0])"
    connection: dict[str, Any] = window.driver.execute_async_script(script)
    return connection


def greet(connection: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.get(f"{connection['base_url']}/greet", params={"name": "Ada"}, headers=headers, trust_env=False)


@contextmanager
def watching(app: Path, desktop: dict[str, str]) -> Iterator[None]:
    """Run the guide's command that patches the app."""
    command = shlex.split(STEPS[6][1][1])
    with subprocess.Popen(command, cwd=app, env=desktop, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if "watching" in line:
                break
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)


def test_page_reaches_the_supervised_and_hot_patched_backend(
    app: Path, window: Window, desktop: dict[str, str], data_home: Path
) -> None:
    assert greeting(window, "Ada").startswith("Hello, Ada, from Python 3.")
    connection = backend(window)
    assert greet(connection).status_code == 401
    token = {"X-Launch-Token": str(connection["launch_token"])}
    assert greet(connection, **token).json().startswith("Hello, Ada, from Python 3.")

    first = backend_pid(data_home)
    with expect_exit(first):
        os.kill(first, signal.SIGKILL)
    assert greeting(window, "Grace").startswith("Hello, Grace")
    assert backend(window) == connection
    assert backend_pid(data_home) != first

    main = app / "python-backend" / "main.py"
    with watching(app, desktop):
        main.write_text(main.read_text("utf-8").replace("Hello", "Good morning"), "utf-8")
        wait_until(lambda: "Good morning" in greet(connection, **token).text)
    assert greeting(window, "Alan").startswith("Good morning, Alan")


def test_deb_contains_the_runtime_with_the_backend(app: Path, tmp_path: Path) -> None:
    program = ROOT / "src-tauri" / "target" / "debug" / app.name
    deb = bundle_debug(Project.at(app), app / "build" / "bundle.conf.json", program, tmp_path)
    listed = subprocess.run(["dpkg-deb", "--contents", deb.path], check=True, capture_output=True, text=True).stdout
    files = {line.split()[5] for line in listed.splitlines()}
    runtime = f"usr/lib/{NAME}/runtime"
    needed = {f"{runtime}/python/bin/python3", f"{runtime}/app_src/main.py", f"{runtime}/stamp.json"}
    assert "tauri-plugin-log" in Project.at(app).report("licenses", host_target()).read_text("utf-8")
    assert needed | {f"usr/bin/{NAME}", f"usr/lib/{NAME}/licenses.html"} <= files


def test_staged_tree_verifies_and_engine_is_recorded(app: Path) -> None:
    run(app, "python3 -m runtime verify")
    assert (Project.at(app).tree(host_target()) / "app_src" / "main.py").is_file()
    commit = "git -c user.name=Test -c user.email=test@example.com -c commit.gpgsign=false commit -q -m App"
    run(app, f"git init -q && git add -A && {commit}")
    upgrade = ["python3", "-m", "scripts.engine", "upgrade", "--from", str(ROOT)]
    done = subprocess.run(upgrade, cwd=app, env=cargo.environment(), capture_output=True, text=True, check=False)
    assert "The engine is up to date." in done.stdout, done.stderr


def test_develop_command_compiles_and_starts_the_app_with_its_backend(app: Path, desktop: dict[str, str]) -> None:
    # The desktop's home is empty.
    toolchain = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
    command = f"exec dbus-run-session -- {STEPS[6][0][1].strip()} --no-watch {PROFILE}"
    with subprocess.Popen(
        ["sh", "-c", command],
        cwd=app,
        env=cargo.environment() | {"CARGO_NET_OFFLINE": "true"} | toolchain | desktop,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "backend: Ready" in line:
                break
        else:
            pytest.fail("".join(lines))
        os.killpg(process.pid, signal.SIGTERM)
        process.stdout.read()  # until the app has exited
