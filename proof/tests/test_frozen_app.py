"""When the frozen app is rebuilt. The tests do not run PyInstaller."""

import dataclasses
import io
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.app import ROOT
from proof import frozen_app
from runtime.build.uv import locked_requirement
from runtime.errors import InputMissingError
from runtime.host.progress import Progress
from runtime.integrity.stamp import read_stamp
from runtime.project import Project


@pytest.fixture
def project(tmp_path: Path, staged_tree: Path) -> Project:
    """This checkout with a temporary build folder that contains the staged tree."""
    project = dataclasses.replace(Project.at(ROOT), build_dir=tmp_path)
    project.trees.mkdir()
    project.tree(staged_tree.name).symlink_to(staged_tree)
    return project


def test_pyinstaller_environment_contains_only_required_tools() -> None:
    required, pending = set(), ["pyinstaller"]
    while pending:
        name = pending.pop()
        required.add(name)
        requirements = [Requirement(text) for text in requires(name) or []]
        applicable = [found.name for found in requirements if not found.marker or found.marker.evaluate({"extra": ""})]
        pending += [found for found in map(canonicalize_name, applicable) if found not in required]
    assert required == set(frozen_app.PYINSTALLER)


def test_frozen_app_is_built_once_for_the_same_inputs(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def build(*arguments: object) -> None:
        programs = frozen_app.FrozenPrograms.in_folder(Path(str(arguments[5])))
        for program in (programs.onefile, programs.onedir):
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch()
        built.append(programs)

    monkeypatch.setattr(frozen_app, "_build", build)
    progress = Progress(io.StringIO())
    programs = frozen_app.frozen_app(project, progress)
    assert frozen_app.frozen_app(project, progress) == programs
    assert (len(built), programs.onefile.is_file(), programs.onedir.is_file()) == (1, True, True)
    monkeypatch.setattr(frozen_app, "BUILD_FILES", frozen_app.BUILD_FILES[1:])
    frozen_app.frozen_app(project, progress)
    programs.onefile.unlink()
    frozen_app.frozen_app(project, progress)
    assert len(built) == 3


def test_frozen_app_inputs_are_the_tree_and_the_locked_pyinstaller(staged_tree: Path) -> None:
    stamp = read_stamp(staged_tree)
    assert stamp is not None
    tools = "".join(locked_requirement(Project.at(ROOT).dev_lock_file, name) for name in frozen_app.PYINSTALLER)
    assert tools.count("--hash=sha256:") > len(frozen_app.PYINSTALLER)
    key = frozen_app._key(stamp, tools)
    other_app = dataclasses.replace(stamp, manifest_sha256="0" * 64)
    assert len({key, frozen_app._key(other_app, tools), frozen_app._key(stamp, tools.replace("==", "==1"))}) == 3


def test_frozen_build_without_a_staged_tree_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="Run `python3 -m runtime stage`"):
        frozen_app.frozen_app(dataclasses.replace(Project.at(ROOT), build_dir=tmp_path), Progress(io.StringIO()))
