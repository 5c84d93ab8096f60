"""The app's name, version and module, read from its configuration files."""

import json
from pathlib import Path

import pytest

from runtime.app_source import AppSource
from runtime.project import Project


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"productName": "My App", "version": "1.2.3"}, ("My App", "1.2.3")),
        ({"productName": "My App", "version": "../package.json"}, ("My App", "4.5.6")),
        ({}, ("my-app", "0.1.0")),
    ],
)
def test_name_and_version_are_resolved_like_tauri(
    tmp_path: Path, config: dict[str, str], expected: tuple[str, str]
) -> None:
    (tmp_path / "src-tauri").mkdir()
    (tmp_path / "src-tauri" / "tauri.conf.json").write_text(json.dumps(config))
    (tmp_path / "src-tauri" / "Cargo.toml").write_text('[package]\nname = "my-app"\nversion = "0.1.0"\n')
    (tmp_path / "package.json").write_text('{"version": "4.5.6"}')
    assert Project.at(tmp_path).name_and_version() == expected
    assert Project.at(tmp_path).frontend == tmp_path


@pytest.mark.parametrize(
    ("module", "args", "name"), [("app", ("app",), "app"), ("main:api", ("backend_host", "main:api"), "main")]
)
def test_asgi_app_is_served_by_the_host(module: str, args: tuple[str, ...], name: str) -> None:
    source = AppSource(Path(), (), module)
    assert (source.module_args, source.module_name) == (args, name)
