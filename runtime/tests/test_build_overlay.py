"""The bundle configuration of `make build`, and the trees that it refuses."""

import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import NotShippableError, TreeDamagedError
from runtime.fetch.archive import ArchiveRequest, Source
from runtime.fetch.pins import load_pins
from runtime.integrity.verify import verify
from runtime.inventory import components
from runtime.targets import host_target
from runtime.tests.conftest import (
    FAKE_FILES,
    FAKE_LINKS,
    REPO,
    STUB_TOOLS,
    StagingProject,
    build_details,
    with_names,
    write_archive,
)
from scripts.app_names import SHELL_CONFIG, SHELL_CRATE
from scripts.release.build import prepare
from scripts.release.bundle_overlay import overlay

LINUX = "x86_64-unknown-linux-gnu"


@pytest.fixture
def staging_project(staging_project: StagingProject) -> StagingProject:
    """A staging_project in a checkout with the app's names and version."""
    return with_names(staging_project)


@pytest.fixture
def from_go_module(staging_project: StagingProject) -> StagingProject:
    """A staging_project with a staged tree from the Go module."""
    python = load_pins(staging_project.project.pins_file).go_module.python
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(python)}
    archive = write_archive(staging_project.archive.with_name("go-module.tar"), files, FAKE_LINKS)
    tools = dataclasses.replace(STUB_TOOLS, fetch_go_module=lambda *_: archive)
    staging_project.staging(ArchiveRequest(source=Source.GO_MODULE), tools).run()
    return staging_project


@pytest.fixture(autouse=True)
def _fake_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "interpreter_libraries", lambda *_: None)


def resources(staging_project: StagingProject) -> dict[str, str]:
    """The expected resources: the tree and the reports."""
    build, target = staging_project.project.build_dir, host_target()
    return {
        str(staging_project.tree): "runtime",
        str(build / f"licenses.{target}.html"): "licenses.html",
        str(build / f"licenses.{target}.json"): "licenses.json",
        str(build / f"sbom.{target}.cdx.json"): "sbom.cdx.json",
    }


def test_go_module_tree_is_refused_unless_allowed(from_go_module: StagingProject) -> None:
    with pytest.raises(NotShippableError, match="is not shippable"):
        prepare(from_go_module.project, allow_go_module=False)
    assert not (from_go_module.project.build_dir / "bundle.conf.json").exists()


def test_allowed_go_module_labels_the_installers_version(from_go_module: StagingProject) -> None:
    overlay = json.loads(prepare(from_go_module.project, allow_go_module=True).read_text(encoding="utf-8"))
    _, version = from_go_module.project.name_and_version()
    assert overlay["version"] == f"{version}+gomodule"
    assert overlay["bundle"]["resources"] == resources(from_go_module)
    # A semantic version with only characters that are valid in Debian and rpm versions.
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[a-z0-9.]+", overlay["version"])


def test_release_has_the_app_version(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    overlay = json.loads(prepare(staging_project.project, allow_go_module=False).read_text(encoding="utf-8"))
    assert "version" not in overlay
    assert overlay["bundle"]["resources"] == resources(staging_project)
    assert [name for name in resources(staging_project) if not Path(name).exists()] == []


def test_damaged_tree_is_not_bundled(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    (staging_project.tree / "site-packages/dist/__init__.py").write_text("x", encoding="utf-8")
    for allow in (True, False):
        with pytest.raises(TreeDamagedError, match="site-packages/dist"):
            prepare(staging_project.project, allow_go_module=allow)


def removal_script(staging_project: StagingProject, kind: str) -> str:
    staging_project.staging().run()
    linux = overlay(staging_project.project, staging_project.tree.with_name(LINUX), verify(staging_project.tree), None)[
        "bundle"
    ]["linux"]
    return Path(linux[kind]["postRemoveScript"]).read_text(encoding="utf-8")


def name_app(staging_project: StagingProject, **names: str) -> None:
    config = staging_project.project.root / SHELL_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | names), "utf-8")


def test_rpm_upgrade_removes_empty_folders(staging_project: StagingProject, tmp_path: Path) -> None:
    script = removal_script(staging_project, "rpm")
    name, _ = staging_project.project.name_and_version()
    root = tmp_path / "root"
    installed = root / "usr" / "lib" / name
    for folder in ("empty/nested/folder", "not-empty"):
        (installed / folder).mkdir(parents=True)
    (installed / "not-empty" / "module.py").touch()
    (root / "usr" / "lib" / "another").mkdir()
    subprocess.run(["sh", "-c", script.replace("/usr/lib", str(root / "usr" / "lib")), "sh", "1"], check=True)
    assert sorted(path.name for path in root.rglob("*")) == sorted(
        ["usr", "lib", name, "not-empty", "module.py", "another"]
    )


@pytest.mark.parametrize(
    ("kind", "action", "is_removal"),
    [
        ("deb", "remove", True),
        ("deb", "upgrade", False),
        ("deb", "purge", False),
        ("rpm", "0", True),
        ("rpm", "1", False),
    ],
)
def test_uninstall_names_the_data_dir_and_upgrade_does_not(
    staging_project: StagingProject, kind: str, action: str, is_removal: bool
) -> None:
    product = """Anna's "Größe" & $HOME `id` \\n"""
    name_app(staging_project, productName=product, identifier="com.example.renamed")
    script = removal_script(staging_project, kind)
    printed = subprocess.run(["sh", "-c", script, "sh", action], check=True, capture_output=True, text=True).stdout
    assert (product in printed and "~/.local/share/com.example.renamed" in printed) == is_removal
    assert is_removal or not printed


@pytest.mark.skipif(sys.platform != "linux", reason="reads the version of the system's glibc")
def test_linux_package_depends_on_the_linked_glibc_version(staging_project: StagingProject) -> None:
    staging_project.staging().run()
    linux = overlay(staging_project.project, staging_project.tree, verify(staging_project.tree), None)["bundle"][
        "linux"
    ]
    (needed,) = linux["deb"]["depends"]
    version = needed.removeprefix("libc6 (>= ").removesuffix(")")
    assert linux["rpm"]["depends"] == [f"libc.so.6(GLIBC_{version})(64bit)"]
    running = os.confstr("CS_GNU_LIBC_VERSION") or ""
    as_numbers = [[int(part) for part in text.split(".")] for text in (version, running.removeprefix("glibc "))]
    assert as_numbers[0] <= as_numbers[1]
    assert as_numbers[0] >= [2, 34]


def test_sign_command_is_passed_to_the_bundler(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", "tool %1")
    staging_project.staging().run()
    stamp = verify(staging_project.tree)
    tree = staging_project.tree.with_name("x86_64-pc-windows-msvc")
    bundle = overlay(staging_project.project, tree, stamp, None)["bundle"]
    assert bundle["windows"] == {"signCommand": {"cmd": "tool", "args": ["%1"]}}
    assert "windows" not in overlay(staging_project.project, staging_project.tree, stamp, None)["bundle"]


@pytest.mark.parametrize(
    ("product", "installed"), [("Müllers Zäune", "Mullers Zaune"), ("日本語", "crate-name"), ("C++ Tutor", None)]
)
def test_linux_package_name_is_valid_for_dpkg_and_rpm(
    from_go_module: StagingProject, product: str, installed: str | None
) -> None:
    name_app(from_go_module, productName=product)
    (from_go_module.project.root / SHELL_CRATE).write_text('[package]\nname = "crate-name"\n', "utf-8")
    stamp = verify(from_go_module.tree)
    linux = overlay(from_go_module.project, from_go_module.tree.with_name(LINUX), stamp, None)
    assert linux.get("productName") == installed
    script = Path(linux["bundle"]["linux"]["rpm"]["postRemoveScript"])
    assert shlex.quote(f"/usr/lib/{installed or product}") in script.read_text("utf-8")
    macos = overlay(from_go_module.project, from_go_module.tree.with_name("aarch64-apple-darwin"), stamp, None)
    assert "productName" not in macos


def test_base_configuration_has_no_resources_and_no_updates() -> None:
    base = json.loads(Path(REPO / "src-tauri/tauri.conf.json").read_text(encoding="utf-8"))
    assert not {"resources", "createUpdaterArtifacts"} & base["bundle"].keys()
    assert "updater" not in base.get("plugins", {})
