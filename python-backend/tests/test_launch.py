"""The backend's side of docs/launch-contract.md, run as a process: events on stdout, and authorization of requests."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from tests.backend_process import (
    ENVIRONMENT,
    RUN_SOURCE,
    SOURCE,
    Launch,
    LauncherHandles,
    is_private,
    read_startup_event,
)


def test_ready_event_has_address_process_and_version(launch: Launch) -> None:
    backend = launch(APP_VERSION="1.2.3")
    assert backend.ready["address"] == "127.0.0.1"
    assert backend.ready["pid"] == backend.process.pid
    assert backend.ready["version"] == "1.2.3"
    assert backend.ready["code_digest"].startswith("sha256:")
    assert backend.ready["schema_revision"]
    assert httpx.get(f"{backend.url}/api/v1/utils/health-check/", trust_env=False).json() is True


def test_prints_are_redirected_to_stderr() -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from backend_host.launch.contract import emit_event, reserve_stdout\n"
        "events = reserve_stdout()\n"
        "print('a print'); os.system('echo a child')\n"
        "emit_event(events, event='ready')\n"
    )
    ran = subprocess.run([sys.executable, "-I", "-B", "-c", code, SOURCE], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == {"event": "ready"}
    assert sorted(ran.stderr.split("\n")) == ["", "a child", "a print"]


def test_stdout_has_events_only(launch: Launch) -> None:
    backend = launch("--log-level", "debug")
    with backend.client() as client:
        client.get("items/")
    backend.stop()
    assert backend.process.stdout
    assert backend.process.stdout.read() == ""


def test_inherited_socket_is_served_and_remains_open_after_exit(
    launch: Launch, listening_socket: socket.socket, tmp_path: Path
) -> None:
    port = listening_socket.getsockname()[1]
    first = launch(handles=LauncherHandles(listening_socket), PORT="1")
    assert first.ready["port"] == port
    first.process.kill()
    first.wait()

    responses: list[httpx.Response] = []
    url = f"http://127.0.0.1:{port}/api/v1/utils/health-check/"
    waiting = threading.Thread(target=lambda: responses.append(httpx.get(url, timeout=60, trust_env=False)))
    waiting.start()  # no process serves, so the request waits in the socket's backlog
    second = launch(handles=LauncherHandles(listening_socket))
    waiting.join(60)
    assert second.ready["port"] == port
    assert responses
    assert responses[0].json() is True


def test_launch_token_is_required_except_for_health_check(launch: Launch) -> None:
    backend = launch()
    for path in ("items/", "users/me", "openapi.json", "nothing-here"):
        for headers in ({}, {"X-Launch-Token": "x" * 43}):
            response = httpx.get(f"{backend.url}/api/v1/{path}", headers=headers, trust_env=False)
            assert (response.status_code, response.json()["code"]) == (401, "launch_token")
    with backend.client() as client:
        assert client.get("items/").status_code == 200
    assert backend.token not in "".join(backend.log)


def test_foreign_host_header_is_rejected(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        assert client.get("items/", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("items/", headers={"Host": f"localhost:{backend.ready['port']}"}).status_code == 200


def test_ipv6_address_is_served_and_logged_in_brackets(launch: Launch) -> None:
    backend = launch("--host", "0:0:0:0:0:0:0:1")
    port = backend.ready["port"]
    assert backend.url == f"http://[::1]:{port}"
    with backend.client() as client:
        assert client.post("items/", json={"title": "Mine"}, headers={"Origin": backend.url}).status_code == 200
        for foreign in (
            "[::2]",
            f"[::2]:{port}",
            "::1",
            "[::1].evil.example",
            "[::1",
            "[::1]evil.example",
            "[::1%25lo]",
        ):
            assert client.get("items/", headers={"Host": foreign}).status_code == 400, foreign
    url = backend.url
    backend.stop()
    assert f"Serving on {url}\n" in "".join(backend.log)


def test_request_of_foreign_origin_is_rejected_without_side_effects(launch: Launch) -> None:
    backend = launch(BACKEND_CORS_ORIGINS='["app://window"]')
    with backend.client() as client:
        response = client.post("items/", json={"title": "Evil"}, headers={"Origin": "http://evil.example"})
        assert (response.status_code, response.json()["code"]) == (403, "origin")
        assert client.get("items/").json()["count"] == 0
        for origin in ("app://window", backend.url):
            assert client.get("items/", headers={"Origin": origin}).status_code == 200


def test_preflight_accepts_only_the_window_origin(launch: Launch) -> None:
    backend = launch(BACKEND_CORS_ORIGINS='["app://window"]')
    preflight = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-launch-token,content-type",
    }
    for origin, status in (("app://window", 200), ("http://evil.example", 400)):
        response = httpx.options(
            f"{backend.url}/api/v1/items/", headers={"Origin": origin, **preflight}, trust_env=False
        )
        assert response.status_code == status
        assert response.headers.get("access-control-allow-origin") == (origin if status == 200 else None)


def test_created_files_are_private(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Mine"})
    data_dir = tmp_path / "data"
    paths = [data_dir, *data_dir.rglob("*")]
    assert {path.name for path in paths} >= {"data", "app.db", "app.db-wal", "secret_key", "logs", "fastapi.log"}
    assert [path for path in paths if not is_private(path)] == []


def test_backend_without_launcher_requires_no_token_and_ignores_stdin(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-B", "-c", RUN_SOURCE, str(SOURCE), "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(
        command,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout
            port = read_startup_event(process.stdout)["port"]
            response = httpx.get(f"http://127.0.0.1:{port}/api/v1/items/", trust_env=False)
            assert response.status_code == 200
        finally:
            process.terminate()


def test_start_reports_its_steps(launch: Launch) -> None:
    assert launch().steps == ["importing", "opening"]


def test_static_dir_is_served_with_client_side_routes(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "index.html").write_text("<title>Hello</title>")
    (tmp_path / "ui" / "app.js").write_text("1")
    backend = launch("--static-dir", str(tmp_path / "ui"))
    page = {"Accept": "text/html"}
    for path in ("/", "/items", "/items?page=2"):
        response = httpx.get(backend.url + path, headers=page, trust_env=False)
        assert (response.status_code, "Hello" in response.text) == (200, True), path
        assert "script-src 'self'" in response.headers["content-security-policy"]
    assert httpx.get(f"{backend.url}/app.js", trust_env=False).text == "1"
    assert httpx.get(f"{backend.url}/api/v1/none", headers=page, trust_env=False).status_code == 401
