"""Unpacking writes only inside the destination folder and creates no links."""

import io
import tarfile
from pathlib import Path

import pytest

from runtime.errors import LayoutError, UnsafeArchiveError
from runtime.fetch.unpack import unpack
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, write_archive


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """An empty archive member."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    return info


HOSTILE = {
    "parent folder": [member("python/../../escaped")],
    "outside python": [member("elsewhere/escaped")],
    "absolute name": [member("/tmp/escaped")],  # noqa: S108 (never written)
    "Windows drive": [member("C:\\escaped")],
    "Windows separators": [member("python/..\\..\\escaped")],
    "Windows separators in a link": [member("python/link", tarfile.SYMTYPE, "..\\..\\escaped")],
    "link out": [member("python/link", tarfile.SYMTYPE, "../../escaped")],
    "link out and back in": [member("python/link", tarfile.SYMTYPE, "../../python/os.py")],
    "absolute link": [member("python/link", tarfile.SYMTYPE, "/etc/passwd")],
    "hard link out": [member("python/link", tarfile.LNKTYPE, "../escaped")],
    "through a link": [member("python/link", tarfile.SYMTYPE, "../.."), member("python/link/escaped")],
    "in place of a link": [member("python/link", tarfile.SYMTYPE, "os.py"), member("python/link/inner")],
    "link to itself": [member("python/link", tarfile.SYMTYPE, "link")],
    "link to its own folder": [member("python/lib/link", tarfile.SYMTYPE, "..")],
    "dangling link": [member("python/link", tarfile.SYMTYPE, "nothing")],
    "device": [member("python/device", tarfile.CHRTYPE)],
    "pipe": [member("python/pipe", tarfile.FIFOTYPE)],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE.keys())
def test_unsafe_member_is_refused_and_nothing_is_written_outside(
    members: list[tarfile.TarInfo], tmp_path: Path
) -> None:
    archive, into = tmp_path / "hostile.tar.gz", tmp_path / "a" / "b"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(member("python/os.py"), io.BytesIO())
        for hostile in members:
            tar.addfile(hostile, io.BytesIO())
    with pytest.raises(UnsafeArchiveError, match="was not unpacked"):
        unpack(archive, into)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(into / "python")]
    assert outside == [archive]
    assert not list(tmp_path.rglob("escaped*"))


def test_links_are_replaced_by_copies(tmp_path: Path) -> None:
    python = unpack(write_archive(tmp_path / "good.tar.gz", FAKE_FILES, FAKE_LINKS), tmp_path / "tree")
    assert not [path for path in python.rglob("*") if path.is_symlink()]
    assert (python / "bin/python").read_text(encoding="utf-8") == "the interpreter"


def test_archive_without_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises((LayoutError, UnsafeArchiveError)):
        unpack(write_archive(tmp_path / "other.tar.gz", {"README": "x"}), tmp_path / "tree")
    with pytest.raises(LayoutError, match="not an install_only archive"):
        unpack(write_archive(tmp_path / "empty.tar.gz", {}), tmp_path / "tree")
