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
_UV_NAMES_OF_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}
_UV_NAMES_WITHOUT_INDEX = {"no-index": "UV_NO_INDEX", "find-links": "UV_FIND_LINKS"}
"""A missing find-links folder is a warning for pip but an error for uv, so it is not passed to uv next to an index."""
_UV_NAMES_OF_FILE = {
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
    """pip's settings from files and environment, most specific last, by pip's names. Raises StepFailedError."""
    quiet = {
        "PIP_QUIET": "0",
        "PIP_VERBOSE": "0",
        "PIP_LOG": os.devnull,
    }  # a file may set these, which would hide the list
    command: list[str | Path] = [python, "-m", "pip", "config", "list"]
    listing = run(command, what="ask pip for its index", env=tool_env(**quiet))
    found: dict[str, str] = {}
    for scope in ("global", "install", ":env:"):
        for key, value in re.findall(rf"(?m)^{re.escape(scope)}\.([\w-]+)=(.*)$", listing):
            if key in PIP_KEYS:
                found[key] = str(ast.literal_eval(value))
    return found


def pip_env(python: Path) -> dict[str, str]:
    """The environment for this pip: the settings above and no config file. Raises StepFailedError."""
    settings = {f"PIP_{key.replace('-', '_').upper()}": value for key, value in pip_settings(python).items()}
    return tool_env(PIP_CONFIG_FILE=os.devnull, **settings)


def uv_env(python: Path) -> dict[str, str]:
    """The environment for uv: uv's variables, else pip's settings, else uv's config file.

    uv does not read pip's configuration, where users behind a mirror set the index. Raises StepFailedError.
    """
    pip, names = pip_settings(python), _UV_NAMES_OF_PIP
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        names = names | _UV_NAMES_WITHOUT_INDEX
    of_pip = {names[key]: _for_uv(names[key], value.split()) for key, value in pip.items() if key in names}
    if "ALL_PROXY" in of_pip and "://" not in of_pip["ALL_PROXY"]:
        of_pip["ALL_PROXY"] = f"http://{of_pip['ALL_PROXY']}"
    given = tool_env()
    if "UV_INDEX_URL" in given:
        of_pip.pop("UV_DEFAULT_INDEX", None)
    settings = uv_file_settings(given) | of_pip | given
    settings.pop("UV_CONFIG_FILE", None)
    cache = os.path.join(settings.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "uv")
    if sys.platform != "win32" and "UV_CACHE_DIR" not in settings and not is_usable_cache_dir(cache):
        settings["UV_NO_CACHE"] = "1"
    return settings | {"UV_NO_CONFIG": "1"}


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
            if index.get("default"):
                found["index-url"] = index["url"]
            else:
                found["extra-index-url"] = [*found.get("extra-index-url", []), index["url"]]
    return {
        name: _for_uv(name, value if isinstance(value, list) else [value])
        for key, name in _UV_NAMES_OF_FILE.items()
        if (value := found.get(key)) not in (None, [], False)
    }


def _for_uv(name: str, values: list[Any]) -> str:
    """Join several values for one uv variable."""
    said = ["true" if value is True else str(value) for value in values]
    return ("," if name == "UV_FIND_LINKS" else " ").join(said)


def _uv_files(variables: Mapping[str, str]) -> list[Path]:
    """uv's system and user config files, least specific first."""
    if named := variables.get("UV_CONFIG_FILE"):
        return [Path(named)]
    if sys.platform == "win32":
        bases = [variables.get("PROGRAMDATA"), variables.get("APPDATA")]
        return [Path(base) / "uv" / "uv.toml" for base in bases if base]
    own = Path(variables.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
    return [Path("/etc/uv/uv.toml"), own / "uv" / "uv.toml"]
