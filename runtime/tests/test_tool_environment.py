"""The user's variables and config files: index, proxy and certificates are passed to tools, other settings are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.build.uv import venv_python
from runtime.fetch.index_settings import pip_env, pip_settings, uv_env
from runtime.host.tool_environment import tool_environment
from runtime.project import Project
from runtime.tests.conftest import REPO

PYTHON = venv_python(Project.at(REPO).tools_venv)


@pytest.mark.parametrize(
    "name",
    [
        "PIP_TARGET",
        "PIP_USER",
        "PIP_PREFIX",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_DRY_RUN",
        "UV_TARGET",
        "UV_SYSTEM_PYTHON",
        "UV_PYTHON",
        "UV_OFFLINE",
        "npm_config_prefix",
        "NPM_CONFIG_OMIT",
        "npm_config_ignore_scripts",
        "BUN_OPTIONS",
        "BUN_INSPECT",
        "NODE_ENV",
        "NODE_PATH",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_PROFILE_DEV_PANIC",
        "CARGO_TERM_COLOR",
        "GOFLAGS",
        "GO111MODULE",
        "GOOS",
        "CGO_ENABLED",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "PYTEST_ADDOPTS",
        "PYTEST_PLUGINS",
        "PY_COLORS",
        "MYPYPATH",
        "MYPY_CACHE_DIR",
        "RUFF_CONFIG",
        "COVERAGE_FILE",
        "HYPOTHESIS_PROFILE",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "MAKEFLAGS",
        "MAKEFILES",
        "MFLAGS",
        "GNUMAKEFLAGS",
        "PGSSLMODE",
        "PGHOST",
        "TAURI_CONFIG",
        "VITE_APP_NAME",
        "VITEST",
        "CDPATH",
        "ENV",
        "BASH_ENV",
        "SHELLOPTS",
        "GREP_OPTIONS",
        "TAR_OPTIONS",
        "FORCE_COLOR",
        "PYTHONPATH",
        "PYTHONHASHSEED",
        "PYTHONUTF8",
    ],
)
def test_user_settings_of_tools_are_removed(name: str) -> None:
    assert tool_environment({name: "set"}) == {}


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "DISPLAY",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CC",
        "PKG_CONFIG_PATH",
        "PYENV_ROOT",
        "PIP_INDEX_URL",
        "PIP_CERT",
        "PIP_PROXY",
        "UV_INDEX",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_WORK_PASSWORD",
        "npm_config_registry",
        "NPM_CONFIG_CAFILE",
        "npm_config_@work:registry",
        "NODE_EXTRA_CA_CERTS",
        "CARGO_HOME",
        "GOPROXY",
        "GOMODCACHE",
        "GOROOT",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CARGO_HTTP_CAINFO",
        "CARGO_REGISTRIES_WORK_INDEX",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "RUST_BACKTRACE",
        "GIT_SSL_CAINFO",
        "TAURI_SIGNING_PRIVATE_KEY",
        "RUNTIME_MIRROR",
        "TEST_DATABASE_URL",
    ],
)
def test_index_and_system_variables_are_allowed(name: str) -> None:
    assert tool_environment({name: "set"}) == {name: "set"}


def test_node_options_retain_only_certificate_options() -> None:
    variables = {"NODE_OPTIONS": "--require=/tmp/x.js --use-system-ca --inspect-brk"}
    assert tool_environment(variables) == {"NODE_OPTIONS": "--use-system-ca"}


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with config files of pip and uv, without their environment variables."""
    for name in os.environ:
        if name.startswith(("PIP_", "UV_", "SSL_")) or name.lower() == "all_proxy":
            monkeypatch.delenv(name)
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text(
        "offline = true\nnative-tls = true\n[[index]]\nurl = 'http://uv.invalid'\ndefault = true\n[pip]\ntarget = '/tmp/x'\n"
    )
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nquiet = 3\ntarget = /tmp/x\ncert = /ca.pem\n[install]\nuser = true\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    return config


def test_pip_env_has_certificates_but_not_target_of_the_config_file(configured: Path) -> None:
    given = {name: value for name, value in pip_env(PYTHON).items() if name.startswith("PIP_")}
    assert given == {"PIP_CONFIG_FILE": os.devnull, "PIP_CERT": "/ca.pem"}


def test_pip_index_precedes_the_uv_config_file(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_uv() -> dict[str, str]:
        return {name: value for name, value in uv_env(PYTHON).items() if name.startswith(("UV_", "SSL_"))}

    always = {"UV_NO_CONFIG": "1", "UV_NATIVE_TLS": "true", "SSL_CERT_FILE": "/ca.pem"}
    assert of_uv() == {"UV_DEFAULT_INDEX": "http://uv.invalid", **always}
    configured.write_text(
        "[global]\nindex-url = http://pip.invalid\ncert = /ca.pem\n[install]\nindex-url = http://install.invalid\n"
    )
    assert of_uv() == {"UV_DEFAULT_INDEX": "http://install.invalid", **always}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://chosen.invalid")
    assert of_uv() == {"UV_DEFAULT_INDEX": "http://chosen.invalid", **always}


def uv_indexes() -> dict[str, str]:
    """The indexes in the environment for uv."""
    return {name: value for name, value in uv_env(PYTHON).items() if "INDEX" in name}


def test_index_url_of_the_environment_precedes_every_config_file(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "http://mine.invalid")
    assert uv_indexes() == {"UV_INDEX_URL": "http://mine.invalid"}
    configured.write_text("[global]\nindex-url = http://pip.invalid\n")
    assert uv_indexes() == {"UV_INDEX_URL": "http://mine.invalid"}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://chosen.invalid")
    assert uv_indexes() == {"UV_INDEX_URL": "http://mine.invalid", "UV_DEFAULT_INDEX": "http://chosen.invalid"}


def test_indexes_of_uv_keep_their_names_and_explicit_ones_are_not_passed(configured: Path, tmp_path: Path) -> None:
    (tmp_path / "uv" / "uv.toml").write_text(
        "[[index]]\nname = 'work'\nurl = 'http://work.invalid'\ndefault = true\n"
        "[[index]]\nname = 'torch'\nurl = 'http://torch.invalid'\nexplicit = true\n"
        "[[index]]\nname = 'team'\nurl = 'http://team.invalid'\n"
        "[[index]]\nurl = 'http://other.invalid'\n"
    )
    assert uv_indexes() == {
        "UV_DEFAULT_INDEX": "work=http://work.invalid",
        "UV_INDEX": "team=http://team.invalid http://other.invalid",
    }


@pytest.mark.parametrize(
    ("provider", "passed"), [("auto", None), ("import", None), ("disabled", "disabled"), ("subprocess", "subprocess")]
)
def test_only_keyring_providers_known_to_uv_are_passed(configured: Path, provider: str, passed: str | None) -> None:
    configured.write_text(f"[global]\nkeyring-provider = {provider}\n")
    env = uv_env(PYTHON)
    assert env.get("UV_KEYRING_PROVIDER") == passed
    command: list[str | Path] = [PYTHON.with_name("uv"), "pip", "list"]
    subprocess.run(command, env=env | {"VIRTUAL_ENV": str(PYTHON.parents[1])}, check=True)


def test_spaces_in_the_path_of_the_certificates_are_retained(configured: Path) -> None:
    configured.write_text("[global]\ncert = /my  certificates/ca.pem\n")
    assert uv_env(PYTHON)["SSL_CERT_FILE"] == "/my  certificates/ca.pem"


def test_find_links_without_index_is_passed_to_uv(configured: Path) -> None:
    configured.write_text("[global]\nfind-links = /one /two\n")
    assert "UV_FIND_LINKS" not in uv_env(PYTHON)
    configured.write_text("[global]\nfind-links = /one /two\nno-index = true\n")
    assert {name: uv_env(PYTHON)[name] for name in ("UV_FIND_LINKS", "UV_NO_INDEX")} == {
        "UV_FIND_LINKS": "/one,/two",
        "UV_NO_INDEX": "true",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="the cache is not in XDG_CACHE_HOME")
def test_uv_works_with_a_read_only_home(configured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "UV_NO_CACHE" not in uv_env(PYTHON)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert uv_env(PYTHON)["UV_NO_CACHE"] == "1"


def test_malformed_uv_config_is_ignored(configured: Path, tmp_path: Path) -> None:
    (tmp_path / "uv" / "uv.toml").write_text("index-url = ")
    assert "UV_DEFAULT_INDEX" not in uv_env(PYTHON)


def test_pip_settings_contain_only_index_settings(configured: Path) -> None:
    assert pip_settings(PYTHON) == {"cert": "/ca.pem"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no-such-encoding", ""])
def test_unencodable_paths_are_printed_as_escapes(encoding: str) -> None:
    code = "from runtime.host.tool_environment import apply_tool_environment; apply_tool_environment(); import os; print('Ünï 日本 \\udcff'); print('PYTHONUTF8' in os.environ)"
    command = [sys.executable, "-E", "-X", "utf8", "-c", code]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ran = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    shown, inherited = ran.stdout.decode(encoding if encoding in ("ascii", "latin-1") else "utf-8").splitlines()
    assert shown.endswith(r"\udcff")
    assert inherited == "False"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize("umask", ["077", "000"])
def test_written_files_are_world_readable_and_owner_writable(umask: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = f'umask {umask}; exec "$0" -E -m runtime sbom --output "$1"'
    subprocess.run(["sh", "-c", command, sys.executable, report], cwd=REPO, check=True, capture_output=True)
    assert oct(report.stat().st_mode & 0o777) == "0o644"
