"""The project's prerequisites. `bootstrap.py` installs them, `doctor.py` reports them.

Runs on Python 3.7 and later, to report the required version.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Sequence

from harness.browser_programs import BROWSERS
from scripts.project import ROOT

MIN_PYTHON = (3, 11)

WINDOW_PACKAGES = ("build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "librsvg2-dev")
TEST_PACKAGES = ("xvfb", "dbus-x11", "webkit2gtk-driver", "strace", "nsis", "zstd", "osslsigncode", "openssl")
INSTALLER_TEST_PACKAGES = ("mmdebstrap", "rpm")
SERVER_PACKAGES = ("postgresql",)
GO_PACKAGES = ("golang-go",)
"""Debian packages that are needed to download the Go module, the runtime's last source."""

SYSTEMS = ("debian", "fedora", "arch", "macos", "windows")


class Tool(NamedTuple):
    """A required program or pkg-config library, and how to install it."""

    name: str
    required_for: str
    """`run` (always required), `test`, or another purpose."""
    programs: tuple[str, ...]
    """Alternatives; `pkg-config NAME` for a library."""
    min_version: tuple[int, ...] = ()
    """Minimum version; () for any."""
    version_flag: str = "--version"
    """Arguments that print the version; empty for a tool without a version."""
    install: dict[str, str] = {}
    """Install command or download page by system. The tool is not required on other systems."""


class ToolStatus(NamedTuple):
    """Whether a tool is installed, and its version."""

    state: str
    """`ok`, `missing`, `too old`, or `broken` (installed but prints no version, such as rustup without a toolchain)."""
    path: str | None
    version: tuple[int, ...] | None
    install: dict[str, str]
    """The install command, by system."""


def find_tool(tool: Tool) -> ToolStatus:
    """Find a tool on the PATH and run it to get its version."""
    path, version = None, None
    for program in tool.programs:
        command = program.split()
        executable = shutil.which(command[0])
        if executable is None:
            continue
        number = version_of([command[0], tool.version_flag, *command[1:]]) if tool.version_flag else None
        if len(command) == 1 or number:
            path, version = executable, number
            break
    if path is None:
        state = "missing"
    elif not tool.min_version or (version and version >= tool.min_version):
        state = "ok"
    else:
        state = "too old" if version else "broken"
    install = tool.install
    if tool.name == "Rust" and state in ("too old", "broken") and shutil.which("rustup"):
        rustup_command = "rustup update stable" if state == "too old" else "rustup default stable"
        install = dict.fromkeys(install, rustup_command)
    return ToolStatus(state, path, version, install)


def _install_commands(debian: str, fedora: str, arch: str, macos: str = "", windows: str = "") -> dict[str, str]:
    """Install commands of these packages by system."""
    commands = zip(
        SYSTEMS,
        (
            "sudo apt-get install -y",
            "sudo dnf install -y",
            "sudo pacman -S --needed",
            "brew install",
            "winget install --id",
        ),
        (debian, fedora, arch, macos, windows),
    )
    return {
        system: packages if packages.startswith("xcode-select") else f"{command} {packages}"
        for system, command, packages in commands
        if packages
    }


def tools() -> list[Tool]:
    """All tools. Their minimum versions are read from the manifests that declare them."""
    node = declared_version("frontend/package.json", r'"node": *">=([\d.]+)"')
    rust = declared_version("src-tauri/Cargo.toml", r'rust-version *= *"([\d.]+)"')
    rustup = {
        **_install_commands(*(["rustup && rustup default stable"] * 4 + ["Rustlang.Rustup"])),
        "debian": "https://rustup.rs, or from Debian 13 on: sudo apt-get install -y rustup && rustup default stable",
        "fedora": "sudo dnf install -y rustup && rustup-init -y",
    }
    nodejs = {
        **_install_commands("nodejs", "nodejs", "nodejs", "node", "OpenJS.NodeJS.LTS"),
        "debian": "https://nodejs.org, or from Debian 13 on: sudo apt-get install -y nodejs",
    }
    compiler = _install_commands("build-essential", "gcc gcc-c++ make", "base-devel", "xcode-select --install")
    webkit = _install_commands(
        "libwebkit2gtk-4.1-dev librsvg2-dev pkg-config",
        "webkit2gtk4.1-devel librsvg2-devel pkgconf-pkg-config",
        "webkit2gtk-4.1 librsvg pkgconf",
    )
    test = {
        "Xvfb": ("Xvfb", "", _install_commands("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb")),
        "WebKit's driver": (
            "WebKitWebDriver",
            "--version",
            _install_commands("webkit2gtk-driver", "webkit2gtk-driver", "webkit2gtk-4.1"),
        ),
        "D-Bus": ("dbus-run-session", "--version", _install_commands("dbus-x11", "dbus-daemon", "dbus")),
        "strace": ("strace", "--version", _install_commands("strace", "strace", "strace")),
        "osslsigncode": (
            "osslsigncode",
            "--version",
            _install_commands("osslsigncode", "osslsigncode", "", "osslsigncode"),
        ),
        "OpenSSL": ("openssl", "version", _install_commands("openssl", "openssl", "openssl", "openssl")),
        "NSIS": ("makensis", "-VERSION", _install_commands("nsis", "mingw32-nsis", "nsis", "makensis", "NSIS.NSIS")),
    }
    chromium = _install_commands("chromium", "chromium", "chromium", "--cask google-chrome", "Google.Chrome")
    java = _install_commands(
        "default-jre-headless maven",
        "java-latest-openjdk-headless maven",
        "jre-openjdk-headless maven",
        "openjdk maven",
        "EclipseAdoptium.Temurin.21.JRE",
    )
    return [
        Tool("make", "run", ("make", "gmake"), (), "--version", _install_commands("make", "make", "make", "xcode-select --install", "GnuWin32.Make")),
        Tool("git", "rename", ("git",), (), "--version", _install_commands("git", "git", "git", "xcode-select --install", "Git.Git")),
        Tool("Node.js", "run", ("node",), node, "--version", nodejs),
        Tool("npm or bun", "run", ("npm", "bun"), (), "--version", _install_commands("npm", "nodejs-npm", "npm", "node", "OpenJS.NodeJS.LTS")),
        Tool("Rust", "run", ("cargo",), rust, "--version", rustup),
        Tool("C compiler", "run", ("cc",), (), "--version", compiler),
        Tool("WebKitGTK", "run", ("pkg-config webkit2gtk-4.1",), (), "--modversion", webkit),
        *(Tool(name, "test", (program,), (), flag, how) for name, (program, flag, how) in test.items()),
        Tool("Chromium", "test", BROWSERS, (), "--version", chromium),
        Tool("mmdebstrap", "test-installed", ("mmdebstrap",), (), "--version", {"debian": "sudo apt-get install -y mmdebstrap"}),
        Tool("rpm", "test-installed", ("rpm",), (), "--version", {"debian": "sudo apt-get install -y rpm"}),
        Tool("PostgreSQL", "test-server", ("psql",), (), "--version", _install_commands("postgresql", "postgresql-server postgresql-contrib", "postgresql", "postgresql", "PostgreSQL.PostgreSQL")),
        Tool("Go", "test", ("go",), (), "version", _install_commands("golang-go", "golang", "go", "go", "GoLang.Go")),
        Tool("Java", "the Rust client", ("java",), (), "-version", java),
        Tool("Maven", "the Rust client", ("mvn",), (), "--version", java),
    ]  # fmt: skip


def version_of(command: Sequence[str]) -> tuple[int, ...] | None:
    """The first version number in the output of `command`, as a tuple; None if the command is missing or fails."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
        cwd=ROOT,
        check=False,
    )
    found = None if done.returncode else re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def format_version(version: Sequence[int]) -> str:
    """(3, 11, 4) as 3.11.4."""
    return ".".join(map(str, version))


def declared_version(path: str, pattern: str) -> tuple[int, ...]:
    """The version that matches `pattern` in another file, as a tuple."""
    found = re.search(pattern, (ROOT / path).read_text("utf-8"))
    assert found, f"{path} declares no version"
    return tuple(int(part) for part in found.group(1).split("."))


def system_family() -> str | None:
    """The entry of SYSTEMS for this machine; None for a Linux distribution of another family."""
    if sys.platform in ("darwin", "win32"):
        return "macos" if sys.platform == "darwin" else "windows"
    try:
        release = Path("/etc/os-release").read_text("utf-8")
    except OSError:
        return None
    words = " ".join(re.findall(r'^ID(?:_LIKE)?="?([^"\n]*)', release, re.MULTILINE)).split()
    families = {"ubuntu": "debian", "rhel": "fedora"}
    return next((family for family in (families.get(word, word) for word in words) if family in SYSTEMS), None)
