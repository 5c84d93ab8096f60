"""Report known vulnerabilities of the dependencies: `make audit`, or some audits: `python3 -m scripts.dependencies.audit python rust frontend`.

Queries PyPI, RustSec and the npm registry. If one is unreachable, the audit fails. Ignored advisories and the reasons are
listed in src-tauri/deny.toml and IGNORED_ADVISORIES.
"""

import subprocess
import sys
import venv
from pathlib import Path

from runtime.build.uv import venv_python
from runtime.fetch.index_settings import pip_env
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT, RUN
from scripts.setup.cargo_tool import program_path

IGNORED_ADVISORIES: dict[str, str] = {}
"""Accepted advisories of Python packages: id and reason."""

TOOLS_LOCK, TOOLS = ROOT / "requirements-audit.lock", ROOT / "build" / "tools" / "audit"
PIP_AUDIT = [
    str(venv_python(TOOLS)),
    "-I",
    "-m",
    "pip_audit",
    "--strict",  # a missing package is an error
    "--require-hashes",
    "--disable-pip",
    "--progress-spinner=off",
    *(f"--ignore-vuln={advisory}" for advisory in IGNORED_ADVISORIES),
    "--requirement",
]
BUN = [sys.executable, RUN, "scripts.setup.bun"]

AUDITS: dict[str, tuple[list[str], Path]] = {
    "python: requirements.lock": ([*PIP_AUDIT, str(ROOT / "requirements.lock")], ROOT),
    "python: requirements-server.lock": ([*PIP_AUDIT, str(ROOT / "requirements-server.lock")], ROOT),
    "python: requirements-dev.lock": ([*PIP_AUDIT, str(ROOT / "requirements-dev.lock")], ROOT),
    "python: requirements-audit.lock": ([*PIP_AUDIT, str(TOOLS_LOCK)], ROOT),
    "rust: advisories": ([str(program_path("cargo-deny")), "check", "advisories"], ROOT / "src-tauri"),
    "rust: licenses, bans, sources": (
        [str(program_path("cargo-deny")), "--locked", "check", "licenses", "bans", "sources"],
        ROOT / "src-tauri",
    ),
    "frontend": ([*BUN, "audit"], ROOT / "frontend"),
}


def install_pip_audit() -> None:
    """Install pip-audit into a separate environment when its lock has changed. Exits on failure."""
    stamp, lock = TOOLS / "requirements-audit.lock", TOOLS_LOCK.read_bytes()
    if stamp.is_file() and stamp.read_bytes() == lock and venv_python(TOOLS).is_file():
        return
    venv.create(TOOLS, clear=True, with_pip=True)
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--requirement", str(TOOLS_LOCK)]
    python = venv_python(TOOLS)
    if subprocess.run([python, *install], env=pip_env(python), check=False).returncode:
        sys.exit("pip-audit could not be installed. Fix the error above, then repeat the command.")
    stamp.write_bytes(lock)


def main() -> int:
    """Run all audits, or those whose names contain a word of the command line. A failure does not stop the others."""
    words = sys.argv[1:]
    selected = {name: audit for name, audit in AUDITS.items() if not words or any(word in name for word in words)}
    if not selected:
        sys.exit(f"No audit's name contains {' or '.join(words)}. The audits: {'; '.join(AUDITS)}.")
    if any(name.startswith("python") for name in selected):
        install_pip_audit()
    failed = {}
    for name, (command, folder) in selected.items():
        print(f"\n=== {name}", flush=True)
        failed[name] = subprocess.run(command, cwd=folder, check=False).returncode != 0
    print()
    for name in selected:
        print(f"{'FAILED' if failed[name] else 'ok':>7}  {name}")
    return int(any(failed.values()))


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
