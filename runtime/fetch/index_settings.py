"""The user's index, proxy and certificate settings for pip and uv, without any other setting."""

import ast
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.host.environment import tool_env
from runtime.host.processes import run
from runtime.host.tool_environment import is_usable_cache_dir

PIP_KEYS = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
    "keyring-provider",
    "cache-dir",
)
_UV_VARIABLE_BY_PIP_KEY = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}
_UV_VARIABLE_BY_PIP_KEY_WITHOUT_INDEX = {"no-index": "UV_NO_INDEX", "find-links": "UV_FIND_LINKS"}
"""pip ignores a missing find-links folder, uv fails. So uv gets find-links only if there is no index."""
_PIP_LISTS = ("extra-index-url", "find-links", "trusted-host")
"""pip's keys with several values, separated by whitespace."""
_UV_VARIABLE_BY_FILE_KEY = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "allow-insecure-host": "UV_INSECURE_HOST",
    "native-tls": "UV_NATIVE_TLS",
    "system-certs": "UV_SYSTEM_CERTS",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}


def pip_settings(python: Path) -> dict[str, str]:
    """pip's settings from config files and environment, by key of pip's configuration. Raises StepFailedError."""
    quiet = {
        "PIP_QUIET": "0",
        "PIP_VERBOSE": "0",
        "PIP_LOG": os.devnull,
    }  # a config file may set these, which would hide the list
    command: list[str | Path] = [python, "-m", "pip", "config", "list"]
    listing = run(command, what="read pip's configuration", env=tool_env(**quiet))
    found: dict[str, str] = {}
    for scope in ("global", "install", ":env:"):
        for key, value in re.findall(rf"(?m)^{re.escape(scope)}\.([\w-]+)=(.*)$", listing):
            if key in PIP_KEYS:
                found[key] = str(ast.literal_eval(value))
    return found


def pip_env(python: Path) -> dict[str, str]:
    """The environment for pip: the settings of `pip_settings` and no config file. Raises StepFailedError."""
    settings = {f"PIP_{key.replace('-', '_').upper()}": value for key, value in pip_settings(python).items()}
    return tool_env(PIP_CONFIG_FILE=os.devnull, **settings)


def uv_env(python: Path) -> dict[str, str]:
    """The environment for uv. uv's variables precede pip's settings, which precede uv's config file.

    uv does not read pip's configuration, in which many users set a mirror. Raises StepFailedError.
    """
    pip, variable_by_key = pip_settings(python), _UV_VARIABLE_BY_PIP_KEY
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        variable_by_key = variable_by_key | _UV_VARIABLE_BY_PIP_KEY_WITHOUT_INDEX
    from_pip = {
        variable_by_key[key]: _join_values(variable_by_key[key], value.split() if key in _PIP_LISTS else [value])
        for key, value in pip.items()
        if key in variable_by_key
    }
    if "UV_NO_INDEX" in from_pip:
        from_pip["UV_NO_INDEX"] = "true"
    if "ALL_PROXY" in from_pip and "://" not in from_pip["ALL_PROXY"]:
        from_pip["ALL_PROXY"] = f"http://{from_pip['ALL_PROXY']}"
    if from_pip.get("UV_KEYRING_PROVIDER") in ("auto", "import"):  # uv fails with these
        del from_pip["UV_KEYRING_PROVIDER"]
    inherited = tool_env()
    settings = uv_file_settings(inherited) | from_pip
    if "UV_INDEX_URL" in inherited:
        settings.pop("UV_DEFAULT_INDEX", None)
    settings |= inherited
    settings.pop("UV_CONFIG_FILE", None)
    cache = os.path.join(settings.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "uv")
    if sys.platform != "win32" and "UV_CACHE_DIR" not in settings and not is_usable_cache_dir(cache):
        settings["UV_NO_CACHE"] = "1"
    return settings | {"UV_NO_CONFIG": "1"}


def index_options(variables: Mapping[str, str]) -> list[str]:
    """uv's options for settings of `uv_env` that uv reads from no environment variable."""
    return ["--no-index"] if variables.get("UV_NO_INDEX") == "true" else []


def uv_file_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Index and certificate settings of uv's config files as environment variables; {} for unreadable files."""
    found: dict[str, Any] = {}
    for path in _uv_files(variables):
        try:
            read = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        indexes = read.pop("index", [])
        found |= read | read.get("pip", {})
        for index in indexes:
            if index.get("explicit"):
                continue
            # uv reads UV_INDEX_<name>_USERNAME and _PASSWORD for an index with a name.
            location = f"{index['name']}={index['url']}" if "name" in index else index["url"]
            if index.get("default"):
                found["index-url"] = location
            else:
                found["extra-index-url"] = [*found.get("extra-index-url", []), location]
    return {
        name: _join_values(name, value if isinstance(value, list) else [value])
        for key, name in _UV_VARIABLE_BY_FILE_KEY.items()
        if (value := found.get(key)) not in (None, [], False)
    }


def _join_values(name: str, values: list[Any]) -> str:
    """Join several values for one uv variable."""
    texts = ["true" if value is True else str(value) for value in values]
    return ("," if name == "UV_FIND_LINKS" else " ").join(texts)


def _uv_files(variables: Mapping[str, str]) -> list[Path]:
    """uv's system and user config files, least specific first."""
    if file := variables.get("UV_CONFIG_FILE"):
        return [Path(file)]
    if sys.platform == "win32":
        bases = [variables.get("PROGRAMDATA"), variables.get("APPDATA")]
        return [Path(base) / "uv" / "uv.toml" for base in bases if base]
    user = Path(variables.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
    return [Path("/etc/uv/uv.toml"), user / "uv" / "uv.toml"]
