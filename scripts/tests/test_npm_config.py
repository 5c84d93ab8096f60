"""npm and bun use only the registry, proxy and certificate settings of the user's configuration."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.setup import bun
from scripts.setup.npm_config import bunfig, network_lines, npmrc

RETAINED = [
    "registry=https://npm.invalid/",
    "@work:registry = https://work.invalid/",
    "//npm.invalid/:_authToken=${NPM_TOKEN}",
    "https-proxy=http://proxy.invalid",
    "cafile=/ca.pem",
    'ca[]="-----BEGIN CERTIFICATE-----"',
    "strict-ssl=true",
]
DROPPED = [
    "ignore-scripts=true",
    "omit=optional",
    "prefix=/opt",
    "# registry=x",
    "node-linker=hoisted",
    "",
    "[section]",
]


def test_npmrc_retains_registry_settings() -> None:
    assert network_lines("\n".join([*DROPPED, *RETAINED, *DROPPED])) == RETAINED


def test_npmrc_named_by_a_variable_replaces_the_home_npmrc(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("registry=https://home.invalid/\nomit=dev\n")
    (tmp_path / "other").write_text("registry=https://other.invalid/\n")
    assert npmrc({}, tmp_path, None) == "registry=https://home.invalid/\n"
    other = {"NPM_CONFIG_USERCONFIG": str(tmp_path / "other")}
    assert npmrc(other, tmp_path, None) == "registry=https://other.invalid/\n"
    assert npmrc({}, tmp_path / "nowhere", None) == ""


def test_bunfig_retains_registry_settings(tmp_path: Path) -> None:
    (tmp_path / ".bunfig.toml").write_text(
        'preload = ["./x.ts"]\n[install]\noptional = false\nregistry = {url = "https://npm.invalid/", token = "a\\"b"}\n'
        '[install.scopes]\nwork = "https://work.invalid/"\n'
    )
    assert bunfig({}, tmp_path) == (
        '[install]\nregistry = {"url" = "https://npm.invalid/", "token" = "a\\"b"}\nscopes = {"work" = "https://work.invalid/"}\n'
    )
    (tmp_path / ".bunfig.toml").write_text("[install")
    assert bunfig({}, tmp_path) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the fake npm is a shell script")
@pytest.mark.parametrize("leftover", ["nothing", "text", "not executable"])
def test_broken_bun_is_reinstalled(leftover: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state after npm ran with `ignore-scripts`, which skips the install script."""
    installed = tmp_path / "tools" / "bun" / "node_modules" / "bun" / "bin" / "bun.exe"
    if leftover != "nothing":
        installed.parent.mkdir(parents=True)
        installed.write_text("Error: the install script was not run\n")
        installed.chmod(0o755 if leftover == "text" else 0o644)
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(
        f"#!/bin/sh\n[ \"$1\" = install ] || exit 1\nmkdir -p '{installed.parent}'\n"
        f"printf '#!/bin/sh\\necho {bun.required_version()}\\n' > '{installed}'\nchmod 755 '{installed}'\n"
    )
    npm.chmod(0o755)
    monkeypatch.setattr(bun, "INSTALL_DIR", installed.parents[3])
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    assert bun.find_or_install() == str(installed)
    assert (
        subprocess.run([installed], capture_output=True, text=True, check=True).stdout.strip() == bun.required_version()
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the fake npm is a shell script")
def test_npm_install_without_a_working_bun_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    monkeypatch.setattr(bun, "INSTALL_DIR", tmp_path / "tools" / "bun")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SystemExit, match="cannot be run"):
        bun.find_or_install()
