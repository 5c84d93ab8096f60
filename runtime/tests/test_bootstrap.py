"""bootstrap installs Go only if the Go module is the only usable source of the runtime."""

from pathlib import Path

import pytest

from runtime.fetch.go_module import archive_path
from runtime.fetch.pins import load_pins
from runtime.host import environment
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import Server, StagingProject
from scripts.setup import bootstrap


@pytest.fixture
def unstaged(staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch) -> StagingProject:
    """A checkout without a staged tree, with an empty cache."""
    for variable in (environment.ARCHIVE, environment.MIRROR):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(environment.CACHE_DIR, str(staging_project.cache))
    monkeypatch.setattr(Project, "at", lambda _: staging_project.project)
    return staging_project


def test_unreachable_release_needs_the_go_module_until_a_tree_is_staged(
    unstaged: StagingProject, unreachable_url: str
) -> None:
    unstaged.pin(unreachable_url + "/{target}")
    assert bootstrap.needs_go_module()
    unstaged.staging().run()
    assert not bootstrap.needs_go_module()
    unstaged.project.lock_file.write_text("dist==2.0\n", encoding="utf-8")
    assert bootstrap.needs_go_module()


def test_reachable_release_needs_no_go_module(unstaged: StagingProject, server: Server) -> None:
    unstaged.pin(server.address + "/{target}")  # responds with 404
    assert not bootstrap.needs_go_module()


@pytest.mark.parametrize("variable", [environment.ARCHIVE, environment.MIRROR])
def test_other_source_needs_no_go_module(
    unstaged: StagingProject, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "somewhere")
    assert not bootstrap.needs_go_module()


@pytest.mark.parametrize("official", [True, False])
def test_cached_archive_needs_no_go_module(unstaged: StagingProject, unreachable_url: str, official: bool) -> None:
    unstaged.pin(unreachable_url + "/{target}.tar.gz")
    pins, target = load_pins(unstaged.project.pins_file), host_target()
    cached: Path = pins.for_target(target).cached_in(unstaged.cache)
    if not official:
        cached = archive_path(pins.go_module, target, unstaged.cache)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"")
    assert not bootstrap.needs_go_module()
