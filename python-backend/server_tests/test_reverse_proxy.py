"""The examples in docs/server: the systemd unit, and servers behind nginx."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.ports import free_port
from server_tests.conftest import EMAIL, PASSWORD, Serve
from server_tests.load import Writers, log_in, stored_item_ids
from tests.backend_process import SOURCE, Backend

EXAMPLES = SOURCE.parent / "docs" / "server"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_unit(tmp_path: Path) -> None:
    unit = tmp_path / "app.service"
    text = (EXAMPLES / "app.service").read_text("utf-8")
    # The unit's paths do not exist here.
    unit.write_text(text.replace("/opt/app/venv/bin/python", "/bin/true").replace("/opt/app", "/"))
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr.strip()) == (0, "")


@pytest.fixture
def servers(serve: Serve) -> list[Backend]:
    """Two servers on one database."""
    return [serve(ALLOWED_HOSTS='["app.example.com"]') for _ in range(2)]


@pytest.fixture
def proxy(servers: list[Backend], tmp_path: Path) -> Iterator[int]:
    """The port of an nginx with the example's configuration in front of both servers."""
    if not (nginx := shutil.which("nginx") or shutil.which("/usr/sbin/nginx")):
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    port = free_port()
    text = (EXAMPLES / "nginx.conf").read_text("utf-8")
    for backend, example in zip(servers, ("8000", "8001"), strict=True):
        text = text.replace(f"127.0.0.1:{example}", f"127.0.0.1:{backend.ready['port']}")
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=app.example.com"]
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    subprocess.run([*certificate, "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    text = text.replace("443 ssl", f"127.0.0.1:{port} ssl").replace("/etc/ssl/app/fullchain.pem", str(chain))
    text = text.replace("/etc/ssl/app/key.pem", str(key))
    temp_paths = "".join(
        f"{kind}_temp_path {tmp_path / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path / 'pid'}; error_log {tmp_path / 'error.log'}; {'user root;' if is_root() else ''}\n"
        f"events {{}}\nhttp {{ access_log off; {temp_paths}\n{text}\n}}\n"
    )
    with subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(config)], stderr=subprocess.PIPE) as process:
        try:
            while not listens(port):
                assert process.poll() is None, process.stderr and process.stderr.read()
            yield port
        finally:
            process.terminate()


def is_root() -> bool:
    return os.geteuid() == 0


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_stopping_server_behind_proxy_loses_no_request(servers: list[Backend], proxy: int, serve: Serve) -> None:
    headers = log_in(servers[0], EMAIL, PASSWORD, host="app.example.com")
    headers["Host"] = "app.example.com"
    with Writers(servers[0], headers, url=f"https://127.0.0.1:{proxy}").running() as writers:
        writers.wait_for(60)
        servers[0].process.send_signal(signal.SIGTERM)
        assert servers[0].wait() == 0
        writers.wait_for(60)
    assert not writers.failed
    assert not writers.interrupted
    assert set(writers.acknowledged) <= stored_item_ids(servers[1], headers)


def test_app_gets_client_address_and_scheme_from_proxy(servers: list[Backend], proxy: int) -> None:
    with httpx.Client(base_url=f"https://127.0.0.1:{proxy}", verify=False, trust_env=False) as client:  # noqa: S501
        spoofed = {"Host": "app.example.com", "X-Forwarded-For": "203.0.113.7", "Origin": "https://app.example.com"}
        assert client.get("/api/v1/utils/about/", headers=spoofed).status_code == 200, "same origin over https"
        assert client.get("/api/v1/utils/about/", headers={"Host": "evil.example"}).status_code == 400
    log = "".join(line for backend in servers for line in backend.log)
    assert not re.search(r"203\.0\.113\.7", log), "the client's X-Forwarded-For is ignored"
