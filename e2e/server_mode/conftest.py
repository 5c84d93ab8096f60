"""Fixtures: the PostgreSQL cluster that `make test-server` starts, and a server of the app that uses it."""

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
    """The running PostgreSQL cluster."""
    return Cluster.from_environment(os.environ)


@pytest.fixture
def team_server(tmp_path: Path, staged_tree: Path, cluster: Cluster) -> Iterator[TeamServer]:
    """A running server with an empty database."""
    assert staged_tree.is_dir()
    server = TeamServer(cluster.create(f"test_{secrets.token_hex(6)}"), free_port(), tmp_path / "server")
    server.start()
    yield server
    server.stop()
