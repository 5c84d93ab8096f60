"""What `make build` adds to the bundler's configuration, and what it refuses."""

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
from runtime.fetch.archive import Request, Source
from runtime.fetch.pins import load_pins
from runtime.integrity.verify import verify
from runtime.inventory import components
from runtime.targets import host_target
from runtime.tests.conftest import (
    FAKE_FILES,
    FAKE_LINKS,
    LIGHT_TOOLS,
    REPO,
    Bench,
    build_details,
    with_names,
    write_archive,
)
from scripts.app_names import SHELL_CONFIG, SHELL_CRATE
from scripts.release.build import prepare
from scripts.release.bundle_overlay import overlay

LINUX = "x86_64-unknown-linux-gnu"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """A bench in a checkout that has names and a version."""
    return with_names(bench)


@pytest.fixture
def from_go_module(bench: Bench) -> Bench:
    """A bench whose tree comes from the Go module."""
    python = load_pins(bench.project.pins_file).go_module.python
    files = FAKE_FILES | {"python/lib/python3.14/build-details.json": build_details(python)}
    archive = write_archive(bench.archive.with_name("go-module.tar"), files, FAKE_LINKS)
    tools = dataclasses.replace(LIGHT_TOOLS, fetch_go_module=lambda *_: archive)
    bench.staging(Request(source=Source.GO_MODULE), tools).run()
    return bench


@pytest.fixture(autouse=True)
def _fake_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "interpreter_libraries", lambda *_: None)


def resources(bench: Bench) -> dict[str, str]:
    """The tree, and what its packages' licenses ask to ship with them."""
    build, target = bench.project.build_dir, host_target()
    return {
        str(bench.tree): "runtime",
        str(build / f"licenses.{target}.html"): "licenses.html",
        str(build / f"licenses.{target}.json"): "licenses.json",
        str(build / f"sbom.{target}.cdx.json"): "sbom.cdx.json",
    }


def test_tree_from_the_go_module_is_refused_unless_allowed(from_go_module: Bench) -> None:
    with pytest.raises(NotShippableError, match="may not be shipped"):
        prepare(from_go_module.project, allow_go_module=False)
    assert not (from_go_module.project.build_dir / "bundle.conf.json").exists()


def test_allowed_go_module_labels_the_installers_version(from_go_module: Bench) -> None:
    overlay = json.loads(prepare(from_go_module.project, allow_go_module=True).read_text(encoding="utf-8"))
    _, version = from_go_module.project.name_and_version()
    assert overlay["version"] == f"{version}+gomodule"
    assert overlay["bundle"]["resources"] == resources(from_go_module)
    # Semantic versioning, and the characters that Debian and rpm both take.
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[a-z0-9.]+", overlay["version"])


def test_a_release_keeps_the_version_of_the_app(bench: Bench) -> None:
    bench.staging().run()
    overlay = json.loads(prepare(bench.project, allow_go_module=False).read_text(encoding="utf-8"))
    assert "version" not in overlay
    assert overlay["bundle"]["resources"] == resources(bench)
    assert [name for name in resources(bench) if not Path(name).exists()] == []


def test_a_damaged_tree_is_not_bundled(bench: Bench) -> None:
    bench.staging().run()
    (bench.tree / "site-packages/dist/__init__.py").write_text("x", encoding="utf-8")
    for allow in (True, False):
        with pytest.raises(TreeDamagedError, match="site-packages/dist"):
            prepare(bench.project, allow_go_module=allow)


def removal_script(bench: Bench, kind: str) -> str:
    bench.staging().run()
    linux = overlay(bench.project, bench.tree.with_name(LINUX), verify(bench.tree), None)["bundle"]["linux"]
    return Path(linux[kind]["postRemoveScript"]).read_text(encoding="utf-8")


def name_app(bench: Bench, **names: str) -> None:
    config = bench.project.root / SHELL_CONFIG
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | names), "utf-8")


def test_an_rpm_takes_the_empty_folders_of_its_old_version_away(bench: Bench, tmp_path: Path) -> None:
    script = removal_script(bench, "rpm")
    name, _ = bench.project.name_and_version()
    root = tmp_path / "root"
    installed = root / "usr" / "lib" / name
    for folder in ("gone/for/good", "stays"):
        (installed / folder).mkdir(parents=True)
    (installed / "stays" / "module.py").touch()
    (root / "usr" / "lib" / "another").mkdir()
    subprocess.run(["sh", "-c", script.replace("/usr/lib", str(root / "usr" / "lib")), "sh", "1"], check=True)
    assert sorted(path.name for path in root.rglob("*")) == sorted(
        ["usr", "lib", name, "stays", "module.py", "another"]
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
def test_only_a_removal_names_the_data_that_stay(bench: Bench, kind: str, action: str, is_removal: bool) -> None:
    product = """Anna's "Größe" & $HOME `id` \\n"""
    name_app(bench, productName=product, identifier="com.example.own")
    script = removal_script(bench, kind)
    printed = subprocess.run(["sh", "-c", script, "sh", action], check=True, capture_output=True, text=True).stdout
    assert (product in printed and "~/.local/share/com.example.own" in printed) == is_removal
    assert is_removal or not printed


@pytest.mark.skipif(sys.platform != "linux", reason="it compares with this machine's C library")
def test_a_linux_package_depends_on_the_c_library_it_was_linked_with(bench: Bench) -> None:
    bench.staging().run()
    linux = overlay(bench.project, bench.tree, verify(bench.tree), None)["bundle"]["linux"]
    (needed,) = linux["deb"]["depends"]
    version = needed.removeprefix("libc6 (>= ").removesuffix(")")
    assert linux["rpm"]["depends"] == [f"libc.so.6(GLIBC_{version})(64bit)"]
    running = os.confstr("CS_GNU_LIBC_VERSION") or ""
    as_numbers = [[int(part) for part in text.split(".")] for text in (version, running.removeprefix("glibc "))]
    assert as_numbers[0] <= as_numbers[1]
    assert as_numbers[0] >= [2, 34]


def test_a_sign_command_reaches_the_bundler(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOWS_SIGN_COMMAND", "tool %1")
    bench.staging().run()
    stamp = verify(bench.tree)
    tree = bench.tree.with_name("x86_64-pc-windows-msvc")
    bundle = overlay(bench.project, tree, stamp, None)["bundle"]
    assert bundle["windows"] == {"signCommand": {"cmd": "tool", "args": ["%1"]}}
    assert "windows" not in overlay(bench.project, bench.tree, stamp, None)["bundle"]


@pytest.mark.parametrize(
    ("product", "installed"), [("Müllers Zäune", "Mullers Zaune"), ("日本語", "own"), ("C++ Tutor", None)]
)
def test_a_linux_package_is_called_what_dpkg_and_rpm_take(
    from_go_module: Bench, product: str, installed: str | None
) -> None:
    name_app(from_go_module, productName=product)
    (from_go_module.project.root / SHELL_CRATE).write_text('[package]\nname = "own"\n', "utf-8")
    stamp = verify(from_go_module.tree)
    linux = overlay(from_go_module.project, from_go_module.tree.with_name(LINUX), stamp, None)
    assert linux.get("productName") == installed
    script = Path(linux["bundle"]["linux"]["rpm"]["postRemoveScript"])
    assert shlex.quote(f"/usr/lib/{installed or product}") in script.read_text("utf-8")
    macos = overlay(from_go_module.project, from_go_module.tree.with_name("aarch64-apple-darwin"), stamp, None)
    assert "productName" not in macos


def test_the_base_configuration_has_no_resources_and_no_updates() -> None:
    base = json.loads(Path(REPO / "src-tauri/tauri.conf.json").read_text(encoding="utf-8"))
    assert not {"resources", "createUpdaterArtifacts"} & base["bundle"].keys()
    assert "updater" not in base.get("plugins", {})
