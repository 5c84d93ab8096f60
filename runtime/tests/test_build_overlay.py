"""What `make build` adds to the bundler's configuration, and what it refuses."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from runtime import components
from runtime.errors import NotShippableError, TreeDamagedError
from runtime.obtain import Request
from runtime.targets import host_target
from runtime.tests.conftest import FAKE_FILES, FAKE_LINKS, REPO, Bench, write_archive
from runtime.verify import verify
from scripts.build import prepare
from scripts.bundle_overlay import overlay


@pytest.fixture
def stand_in(bench: Bench) -> Bench:
    """A bench whose tree is a stand-in, in a checkout with a version."""
    for name in ("src-tauri/tauri.conf.json", "frontend/package.json"):
        (bench.project.root / name).parent.mkdir(parents=True)
        (bench.project.root / name).write_bytes((REPO / name).read_bytes())
    provenance = {"stand-in": True, "shippable": False, "python": "3.13.5", "target": host_target()}
    files = FAKE_FILES | {"python/PROVENANCE.json": json.dumps(provenance)}
    archive = write_archive(bench.archive.with_name("stand-in.tar.gz"), files, FAKE_LINKS)
    bench.staging(Request(archive=archive)).run()
    return bench


@pytest.fixture(autouse=True)
def _fake_interpreters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "interpreter_libraries", lambda *_: None)


def resources(bench: Bench) -> dict[str, str]:
    """The tree, and what its packages' licences ask to ship with them."""
    build, target = bench.project.build_dir, host_target()
    return {
        str(bench.tree): "runtime",
        str(build / f"licences.{target}.html"): "licences.html",
        str(build / f"licences.{target}.json"): "licences.json",
        str(build / f"sbom.{target}.cdx.json"): "sbom.cdx.json",
    }


def test_a_stand_in_is_refused_unless_asked_for(stand_in: Bench) -> None:
    with pytest.raises(NotShippableError, match="may not be shipped"):
        prepare(stand_in.project, allow_stand_in=False)
    assert not (stand_in.project.build_dir / "bundle.conf.json").exists()


def test_a_stand_in_that_was_asked_for_is_in_the_installers_version(stand_in: Bench) -> None:
    overlay = json.loads(prepare(stand_in.project, allow_stand_in=True).read_text(encoding="utf-8"))
    _, version = stand_in.project.name_and_version()
    assert overlay["version"] == f"{version}+standin"
    assert overlay["bundle"]["resources"] == resources(stand_in)
    # Semantic versioning, and the characters that Debian and rpm both take.
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[a-z0-9.]+", overlay["version"])


def test_a_release_keeps_the_version_of_the_app(bench: Bench) -> None:
    bench.staging().run()
    overlay = json.loads(prepare(bench.project, allow_stand_in=False).read_text(encoding="utf-8"))
    assert "version" not in overlay
    assert overlay["bundle"]["resources"] == resources(bench)
    assert [name for name in resources(bench) if not Path(name).exists()] == []


def test_a_damaged_tree_is_not_bundled(bench: Bench) -> None:
    bench.staging().run()
    (bench.tree / "site-packages/dist/__init__.py").write_text("x", encoding="utf-8")
    for allow in (True, False):
        with pytest.raises(TreeDamagedError, match="site-packages/dist"):
            prepare(bench.project, allow_stand_in=allow)


def test_an_rpm_takes_the_empty_folders_of_its_old_version_away(bench: Bench, tmp_path: Path) -> None:
    bench.staging().run()
    overlay = json.loads(prepare(bench.project, allow_stand_in=False).read_text(encoding="utf-8"))
    script = Path(overlay["bundle"]["linux"]["rpm"]["postRemoveScript"]).read_text(encoding="utf-8")
    name, _ = bench.project.name_and_version()
    root = tmp_path / "root"
    installed = root / "usr" / "lib" / name
    for folder in ("gone/for/good", "stays"):
        (installed / folder).mkdir(parents=True)
    (installed / "stays" / "module.py").touch()
    (root / "usr" / "lib" / "another").mkdir()
    subprocess.run(["sh", "-c", script.replace("/usr/lib", str(root / "usr" / "lib"))], check=True)
    assert sorted(path.name for path in root.rglob("*")) == sorted(
        ["usr", "lib", name, "stays", "module.py", "another"]
    )


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
def test_a_linux_package_is_called_what_dpkg_and_rpm_take(stand_in: Bench, product: str, installed: str | None) -> None:
    config = stand_in.project.root / "src-tauri" / "tauri.conf.json"
    named = json.loads(config.read_text("utf-8")) | {"productName": product}
    config.write_text(json.dumps(named), "utf-8")
    config.with_name("Cargo.toml").write_text('[package]\nname = "own"\n', "utf-8")
    stamp = verify(stand_in.tree)
    linux = overlay(stand_in.project, stand_in.tree.with_name("x86_64-unknown-linux-gnu"), stamp, None)
    assert linux.get("productName") == installed
    script = Path(linux["bundle"]["linux"]["rpm"]["postRemoveScript"])
    assert f'"/usr/lib/{installed or product}"' in script.read_text("utf-8")
    macos = overlay(stand_in.project, stand_in.tree.with_name("aarch64-apple-darwin"), stamp, None)
    assert "productName" not in macos


def test_the_base_configuration_has_no_resources_and_no_updates() -> None:
    base = json.loads(Path(REPO / "src-tauri/tauri.conf.json").read_text(encoding="utf-8"))
    assert not {"resources", "createUpdaterArtifacts"} & base["bundle"].keys()
    assert "updater" not in base.get("plugins", {})
