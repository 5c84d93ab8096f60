"""The test cluster starts in any temporary directory."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.postgres_cluster import running


@pytest.fixture
def unusual_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory that the user of PostgreSQL can access, also when tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix='two words\'q "d" (a) $x & ü-'))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_cluster_starts_and_stops_in_unusual_paths(unusual_path: Path) -> None:
    with running() as cluster:
        assert cluster.folder.is_relative_to(unusual_path)
        assert cluster.sql("SELECT 1").strip() == "1"
        cluster.stop()
        cluster.start()
    assert list(unusual_path.iterdir()) == []
