"""The Go module as a source: downloaded by the real `go` command from a file-based proxy, verified and repacked."""

import dataclasses
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import SourceRefusedError, SourceUnreachableError, ToolMissingError, WrongDigestError
from runtime.fetch.go_module import TREES, go_module_archive
from runtime.fetch.pins import GoModulePin
from runtime.fetch.unpack import unpack
from runtime.fetch.version import python_version
from runtime.host.progress import Progress
from runtime.targets import TARGETS, host_target
from runtime.tests.conftest import Server
from runtime.tests.go_proxy import use_proxy, write_proxy

QUIET = Progress(io.StringIO())

pytestmark = pytest.mark.skipif(
    not shutil.which("go"), reason="Go is not installed (`bootstrap.py --test` installs it)"
)


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoModulePin]:
    """The pin of a module in a file-based proxy."""
    pin = write_proxy(tmp_path / "proxy", "3.14.6")
    users = use_proxy(tmp_path / "proxy", tmp_path / "modules", monkeypatch)
    next(users)
    yield pin
    next(users, None)


def test_every_tree_is_repacked_with_its_links_modes_and_version(pin: GoModulePin, tmp_path: Path) -> None:
    for target in TREES:
        archive = go_module_archive(pin, target, tmp_path / "cache", QUIET)
        assert python_version(unpack(archive, tmp_path / target)) == "3.14.6"
    with tarfile.open(go_module_archive(pin, "x86_64-unknown-linux-gnu", tmp_path / "cache", QUIET)) as tar:
        assert tar.getmember("python/bin/python3").linkname == "python3.14"
        assert tar.getmember("python/bin").isdir()
    assert (tmp_path / "x86_64-pc-windows-msvc/python/LICENSE.txt").read_text(encoding="utf-8") == "the license"
    assert set(TARGETS) - set(TREES) == {"aarch64-pc-windows-msvc"}


def test_repacked_archive_is_cached_and_deterministic(pin: GoModulePin, tmp_path: Path) -> None:
    first = go_module_archive(pin, host_target(), tmp_path / "one", QUIET)
    second = go_module_archive(pin, host_target(), tmp_path / "two", QUIET)
    assert first.read_bytes() == second.read_bytes()
    shutil.rmtree(tmp_path / "proxy")
    stat = first.stat()
    assert go_module_archive(pin, host_target(), tmp_path / "one", QUIET).stat().st_mtime_ns == stat.st_mtime_ns


def test_damaged_cached_archive_is_repacked(pin: GoModulePin, tmp_path: Path) -> None:
    archive = go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)
    content = archive.read_bytes()
    archive.write_bytes(b"damaged")
    assert go_module_archive(pin, host_target(), tmp_path / "cache", QUIET).read_bytes() == content


def test_module_with_another_sum_is_refused(pin: GoModulePin, tmp_path: Path) -> None:
    other = dataclasses.replace(pin, sum="h1:" + "A" * 43 + "=")
    with pytest.raises(WrongDigestError, match=r"was not used.*GOPROXY"):
        go_module_archive(other, host_target(), tmp_path / "cache", QUIET)
    assert not list((tmp_path / "cache").rglob("*.tar*"))


def test_module_sum_equals_the_sum_of_go(pin: GoModulePin, tmp_path: Path) -> None:
    go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)
    (recorded,) = (tmp_path / "modules").rglob("*.ziphash")
    assert recorded.read_text(encoding="utf-8") == pin.sum


@pytest.mark.parametrize("proxy", [None, "off"])
def test_unreachable_proxy_is_named_with_the_next_step(
    pin: GoModulePin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str | None, unreachable_url: str
) -> None:
    monkeypatch.setenv("GOPROXY", proxy or unreachable_url)
    with pytest.raises(SourceUnreachableError, match="Check the Go proxy"):
        go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)


def test_proxy_without_the_module_is_reported(
    pin: GoModulePin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("GOPROXY", server.address)
    with pytest.raises(SourceRefusedError, match="404 Not Found"):
        go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)


def test_missing_go_command_is_reported_with_the_next_step(
    pin: GoModulePin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="golang-go"):
        go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)


def test_output_that_is_not_json_is_reported(pin: GoModulePin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'go: unknown flag' >&2\nexit 2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(SourceUnreachableError, match="unknown flag"):
        go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)
    program.write_text(f"#!/bin/sh\necho '{json.dumps({'Error': 'SECURITY ERROR'})}'\nexit 1\n", encoding="utf-8")
    with pytest.raises(WrongDigestError, match="SECURITY ERROR"):
        go_module_archive(pin, host_target(), tmp_path / "cache", QUIET)
