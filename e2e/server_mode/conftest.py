"""A PostgreSQL that `make test-server` gives, and the team's server on it."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.ports import free_port
from harness.postgres_cluster import Cluster
from harness.team_server import TeamServer


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The PostgreSQL of this run."""
    return Cluster.from_environment(os.environ)


@pytest.fixture
def team_server(tmp_path: Path, staged_tree: Path, cluster: Cluster) -> Iterator[TeamServer]:
    """On an empty database; it serves."""
    assert staged_tree.is_dir()
    server = TeamServer(cluster.create(f"test_{secrets.token_hex(6)}"), free_port(), tmp_path / "server")
    server.start()
    yield server
    server.stop()
