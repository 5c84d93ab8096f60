"""`make run-browser`: the app in the system's browser, for machines without a display."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from harness.app import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")


def test_printed_address_serves_app_until_ctrl_c(host_python: str, tmp_path: Path) -> None:
    command = [
        host_python,
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.browser_mode",
        "--data-dir",
        str(tmp_path / "data"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            printed = []
            for line in process.stdout:
                printed.append(line)
                if match := re.search(r"(http://127\.0\.0\.1:\d+)/#token=(\S+)", line):
                    break
            else:
                raise AssertionError("".join(printed))
            base, token = match.groups()

            with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
                page = http.get("/")
                assert '<div id="root">' in page.text
                script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
                assert script
                assert http.get(script[1]).headers["content-type"].startswith("text/javascript")

                items = "/api/v1/items/"
                assert http.get(items).status_code == 401
                assert http.get(items, headers={"X-Launch-Token": token}).json() == {"data": [], "count": 0}
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert not (tmp_path / "data" / "app.db-wal").exists(), "the backend did not close its database"
    log = (tmp_path / "data" / "logs" / "fastapi.log").read_text("utf-8")
    assert token not in log


def test_ipv6_address_is_printed_in_brackets(host_python: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"HOST": "::1"}')
    command = [host_python, str(ROOT / "scripts" / "run.py"), "scripts.dev.browser_mode", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            match = next(filter(None, (re.search(r"http://\[::1\]:\d+", line) for line in process.stdout)), None)
            assert match
            assert httpx.get(f"{match[0]}/api/v1/utils/health-check/", timeout=60, trust_env=False).json() is True
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_failed_start_prints_error_code(host_python: str, tmp_path: Path) -> None:
    command = [
        host_python,
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.browser_mode",
        "--data-dir",
        str(tmp_path),
        "--port",
        "many",
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "config_invalid" in result.stderr
    assert "Traceback" not in result.stderr
