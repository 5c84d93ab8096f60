"""`make rename` with an icon image."""

import base64
import struct
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.checkout import git
from harness.renaming import IDENTIFIER, PRODUCT, run_rename

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#135"/></svg>'


def test_icon_option_without_setup_reports_the_setup_command(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.svg").write_text(SQUARE)
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / "picture.svg"))
    assert (done.returncode, "make setup" in done.stderr) == (1, True), done.stderr


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(side: int) -> bytes:
    """A square PNG image of one color with a transparent corner."""
    row = b"\0" + b"\x11\x33\x55\xff" * side
    rows = b"\0" + b"\0" * 4 * side + row * (side - 1)
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def checkout_with_tools(checkout: Path, tmp_path: Path) -> Path:
    """A copy with the build outputs that icon generation requires."""
    (checkout / "build").symlink_to(ROOT / "build")
    (checkout / "frontend" / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
    git(checkout, "config", "core.excludesFile", str(tmp_path / "ignored"))
    (tmp_path / "ignored").write_text("build\nnode_modules\n")
    return checkout


@pytest.mark.parametrize(("name", "content"), [("picture.svg", SQUARE.encode()), ("picture.PNG", png(1024))])
def test_one_image_generates_every_icon(checkout_with_tools: Path, tmp_path: Path, name: str, content: bytes) -> None:
    icons = checkout_with_tools / "src-tauri" / "icons"
    before = {path.name: path.read_bytes() for path in icons.iterdir()}
    (tmp_path / name).write_bytes(content)
    done = run_rename(checkout_with_tools, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / name))
    assert done.returncode == 0, done.stderr
    after = {path.name: path.read_bytes() for path in icons.iterdir()}
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []

    drawing = (icons / "icon.svg").read_bytes()
    assert (checkout_with_tools / "frontend" / "public" / "favicon.svg").read_bytes() == drawing
    if name.endswith("svg"):
        assert drawing == content
    else:
        (image,) = ET.fromstring(drawing)  # noqa: S314 (a file of this project)
        inside = base64.b64decode(image.attrib["href"].removeprefix("data:image/png;base64,"), validate=True)
        assert inside == after["128x128.png"]


def test_tilde_in_icon_path_is_expanded(checkout: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    for icon in ("~/picture.png", "~no-such-user/picture.png"):
        done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", icon, **home)
        assert f"ICON={icon.replace('~/', f'{tmp_path}/')} is not" in done.stderr


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("none.png", "is not an .svg or .png file"),
        ("picture.jpg", "is not an .svg or .png file"),
        ("small.png", "is 16 by 16 pixels"),
        ("wide.png", "is 2048 by 1024 pixels"),
        ("broken.png", "The icons could not be generated from"),
        ("wide.svg", "must be square. Use"),
    ],
)
def test_unsuitable_icon_image_is_refused_without_changes(
    checkout_with_tools: Path, tmp_path: Path, name: str, error: str
) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "broken.png").write_bytes(png(1024)[:90])
    (tmp_path / "small.png").write_bytes(png(16))
    (tmp_path / "wide.png").write_bytes(
        png(1024).replace(struct.pack(">II", 1024, 1024), struct.pack(">II", 2048, 1024))
    )
    (tmp_path / "wide.svg").write_text(SQUARE.replace('viewBox="0 0 10 10"', 'viewBox="0 0 20 10"'))
    done = run_rename(checkout_with_tools, "--name", PRODUCT, "--id", IDENTIFIER, "--icon", str(tmp_path / name))
    assert (done.returncode, error in done.stderr) == (1, True), done.stderr
    assert "--fit" not in done.stderr
    assert "make setup" not in done.stderr
    assert git(checkout_with_tools, "status", "--porcelain") == ""
