"""Tests of server mode: several processes that use one PostgreSQL cluster, which `make test-server` starts and tests restart."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.postgres_cluster import Cluster
from tests.backend_process import Backend, Launch
from tests.conftest import *  # noqa: F403 (imports its fixtures, and sets environment variables before the app is imported)

EMAIL, PASSWORD = "root@example.com", "correct horse battery"

Serve = Callable[..., Backend]
"""Starts a server; keywords are environment variables."""


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The running PostgreSQL cluster."""
    return Cluster.from_environment(os.environ)


@pytest.fixture
def database(cluster: Cluster) -> str:
    """The URL of a new, empty database."""
    return cluster.create(f"test_{secrets.token_hex(6)}")


@pytest.fixture
def serve(launch: Launch, database: str, tmp_path: Path) -> Serve:
    """Return a function that starts a server without a launch token."""

    def start(**variables: str) -> Backend:
        return launch(
            **{
                "DATABASE_URL": database,
                "SECRET_KEY": "k" * 32,
                "FIRST_SUPERUSER": EMAIL,
                "FIRST_SUPERUSER_PASSWORD": PASSWORD,
                "LAUNCH_TOKEN": "",
                **variables,
            }
        )

    return start
