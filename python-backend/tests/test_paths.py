"""Unusual paths and files: spaces, non-ASCII letters, long paths, case-insensitive names, CRLF line endings."""

import sys
from pathlib import Path

import httpx
import pytest

from tests.backend_process import Backend, Launch, needs_modes

LONG_PATH_LENGTH = 300
"""More characters than MAX_PATH, the limit of Windows without long paths (260)."""


def can_store_and_restore(backend: Backend) -> bool:
    """Whether the backend stores an item, creates a backup and restores it."""
    with backend.client() as client:
        assert client.post("items/", json={"title": "Träume"}).status_code == 200
        name = client.post("backups/").json()["name"]
        assert client.post("items/", json={"title": "later"}).status_code == 200
        assert client.post(f"backups/{name}/restore").status_code == 200
        titles = [item["title"] for item in client.get("items/").json()["data"]]
    return titles == ["Träume"]


@pytest.mark.parametrize(
    "name",
    [
        "two words",
        "Änna Müller 日本 🥖",
        "100% & (a) 'b' #1;",
        "100%25",
        pytest.param("why?", marks=needs_modes),  # not valid on Windows
    ],
)
def test_backend_serves_from_data_dir_of_any_name(launch: Launch, tmp_path: Path, name: str) -> None:
    backend = launch(data_dir=tmp_path / name)
    assert can_store_and_restore(backend)
    assert backend.stop() == 0
    assert (tmp_path / name / "app.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name], "no file outside the data dir"


def test_backend_serves_from_data_dir_with_long_path(launch: Launch, tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < LONG_PATH_LENGTH:
        folder /= "a folder of forty characters in its name"
    backend = launch(data_dir=folder)
    assert can_store_and_restore(backend)
    assert backend.stop() == 0


def test_data_dir_in_other_case_is_locked_on_case_insensitive_file_systems(launch: Launch, tmp_path: Path) -> None:
    launch(data_dir=tmp_path / "Data")
    if not (tmp_path / "dATA").exists():
        assert sys.platform != "win32"
        pytest.skip("names differ by case on this file system")
    second = launch(data_dir=tmp_path / "dATA")
    assert second.events[0]["code"] == "data_dir_in_use"


def test_config_json_with_crlf_and_byte_order_mark_is_read(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "config.json").write_bytes(b'\xef\xbb\xbf{\r\n  "LOG_LEVEL": "debug"\r\n}\r\n')
    with launch().client() as client:
        assert client.get("settings/").json()["LOG_LEVEL"]["value"] == "debug"
    assert not list(data.glob("config.json.broken-*"))


def test_static_dir_of_any_name_is_served(launch: Launch, tmp_path: Path) -> None:
    page = tmp_path / "the pâge 日本"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<div id=root>", "utf-8")
    (page / "assets" / "index.js").write_bytes(b"1\r\n")
    backend = launch(STATIC_DIR=str(page))
    for path, kind in {"/": "text/html", "/items": "text/html", "/assets/index.js": "text/javascript"}.items():
        response = httpx.get(backend.url + path, headers={"Accept": "text/html"}, trust_env=False)
        assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, kind), path
    assert httpx.get(f"{backend.url}/api/v1/items/", trust_env=False).status_code == 401
    assert backend.stop() == 0
