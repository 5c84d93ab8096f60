"""`make backend-dev`: runs the backend without a window and restarts it when its source changes."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from harness.app import ROOT
from harness.ports import free_port
from runtime.app_source import AppSource


def test_edit_restarts_backend_and_syntax_error_does_not(tmp_path: Path) -> None:
    package = tmp_path / "two words" / "app"
    AppSource.read(ROOT).copy(package.parent)
    about = package / "core" / "about.py"
    port = free_port()
    command = [
        sys.executable,
        "-I",
        "-B",
        "-u",
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.backend",
        "--source",
        str(package.parent),
    ]
    command += ["--data-dir", str(tmp_path / "data"), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = iter(process.stdout)

        def wait_for(text: str) -> str:
            return next(line for line in lines if text in line)

        try:
            assert f'"port": {port}' in wait_for('"ready"')
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
                assert http.get("/docs").status_code == 200
                good = about.read_text("utf-8")
                about.write_text(f"{good}\ndef broken(:\n", "utf-8")
                assert "about.py" in wait_for("[backend-dev]")
                assert http.get("/api/v1/utils/health-check/").json() is True
                about.write_text(good, "utf-8")
                with (package / "main.py").open("a") as main:
                    main.write('\n\n@app.get("/edited")\ndef edited() -> str:\n    return "yes"\n')
                assert "main.py" in wait_for("Restarting: app/main.py")
                wait_for('"ready"')
                assert http.get("/edited").json() == "yes"
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0
