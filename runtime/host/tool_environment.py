"""The environment for build tools: the user's variables set only index, proxy, certificates and caches.

Removes all variables of known tools except those listed here, and preserves variables of other compilers and SDKs. No other
module filters variables for tools. Runs on Python 3.7 and newer, like scripts/setup/machine.py.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

_INDEX = "(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|KEYRING_PROVIDER)"


class ToolVariables(NamedTuple):
    """Variables of one tool, as regular expressions for the full name."""

    names: str
    allowed: str = ""
    """Allowed variables: index, proxy, certificates, caches, the tool's installation folder."""


TOOL_VARIABLES = (
    ToolVariables("PYTHON.*|__PYVENV_LAUNCHER__"),
    ToolVariables(
        "PIP_.*",
        rf"PIP_({_INDEX}|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|(DEFAULT_)?TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE)",
    ),
    ToolVariables(
        "UV_.*",
        rf"UV_({_INDEX}|INDEX_.*_(USERNAME|PASSWORD)|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS|HTTP_.*|CACHE_DIR|CONFIG_FILE)",
    ),
    ToolVariables(
        "(?i:npm)_.*",
        "(?i:npm_config_(registry|.*:registry|//.*|proxy|https?_proxy|noproxy|ca|cafile|cert|key|strict_ssl|fetch_.*|cache|userconfig|globalconfig))"
        "|NPM_TOKEN",
    ),
    ToolVariables("BUN_.*", "BUN_(CONFIG_REGISTRY|CONFIG_TOKEN|INSTALL_CACHE_DIR)"),
    ToolVariables(
        "NODE_.*", "NODE_(EXTRA_CA_CERTS|USE_SYSTEM_CA|USE_ENV_PROXY|TLS_REJECT_UNAUTHORIZED|AUTH_TOKEN|OPTIONS)"
    ),
    ToolVariables(
        "CARGO_.*|RUST(C|C_.*|DOC|FLAGS|DOCFLAGS|_LOG)",
        "CARGO_(HOME|HTTP_.*|NET_.*|REGISTR(Y|IES)_.*|SOURCE_.*|BUILD_JOBS)",
    ),
    ToolVariables("CGO_.*|GO(FLAGS|OS|ARCH|AMD64|ARM64|BIN|WORK|DEBUG|EXPERIMENT|TOOLCHAIN|SUMDB|NOSUMDB|111MODULE)"),
    ToolVariables("TAURI_.*", "TAURI_(SIGNING_.*|BUNDLER_TOOLS_.*)"),
    ToolVariables("VITE.*|BIOME_.*|ROLLDOWN_.*|ROLLUP_.*|TSC_.*|BROWSERSLIST.*"),
    ToolVariables("(PY_COLORS|PYTEST|MYPY|RUFF|COVERAGE|COV|HYPOTHESIS|ZIZMOR)(_?[A-Z].*)?"),
    ToolVariables("(PLAYWRIGHT|SE)_.*", "PLAYWRIGHT_BROWSERS_PATH"),
    ToolVariables("GIT_.*", "GIT_(SSL_.*|PROXY_.*|SSH.*|ASKPASS|TERMINAL_PROMPT|CONFIG_.*)"),
    ToolVariables("PG[A-Z]+"),
    ToolVariables("(GNU)?MAKE(FLAGS|FILES|LEVEL|OVERRIDES|_TERMOUT|_TERMERR)|MFLAGS"),
    ToolVariables("CDPATH|ENV|BASH_.*|(SHELL|BASH)OPTS|GLOBIGNORE|POSIXLY_CORRECT|PS4"),
    ToolVariables("GREP_.*|TAR_OPTIONS|GZIP|XZ_(OPT|DEFAULTS)|ZSTD_.*|FORCE_COLOR|CLICOLOR_FORCE"),
)

_CA_OPTIONS = {"--use-openssl-ca", "--use-bundled-ca", "--use-system-ca", "--use-env-proxy"}
"""Allowed options in NODE_OPTIONS: certificates and proxies."""


def is_allowed(name: str) -> bool:
    """Whether a user's variable is passed to a tool."""
    return not any(re.fullmatch(names, name) and not re.fullmatch(allowed, name) for names, allowed in TOOL_VARIABLES)


def tool_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Filter an environment for build tools."""
    allowed = {name: value for name, value in variables.items() if is_allowed(name)}
    if "NODE_OPTIONS" in allowed:
        allowed["NODE_OPTIONS"] = " ".join(word for word in allowed["NODE_OPTIONS"].split() if word in _CA_OPTIONS)
    return allowed


def apply_tool_environment() -> None:
    """Filter this process's environment and escape unencodable output.

    Every program of scripts/ and proof/ that runs tools calls it first, or is started by scripts/setup/bundled.py, which does.
    """
    _escape_unencodable_output(os.environ.get("PYTHONIOENCODING", ""))
    allowed = tool_environment(os.environ)
    for name in set(os.environ) - set(allowed):
        del os.environ[name]
    os.environ.update(allowed)


def set_world_readable_umask() -> None:
    """Set the umask to 022: installers preserve file permissions, so files must be readable by all users and writable by the owner."""
    os.umask(0o022)


def is_usable_cache_dir(folder: str) -> bool:
    """Whether the folder exists or can be created, and is writable (a home folder may be read-only or missing)."""
    try:
        os.makedirs(folder, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _escape_unencodable_output(requested: str) -> None:
    """Print unencodable characters as backslash escapes. `requested` is PYTHONIOENCODING, which `python -E` ignores."""
    encoding = requested.partition(":")[0]
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        encoding = ""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding or None, errors="backslashreplace")
