"""Scripts of the release workflow, with stubs of `security` (macOS) and `certutil` (Windows)."""

import base64
import os
import sys
from pathlib import Path

import pytest

from runtime.tests.conftest import REPO, StagingProject
from scripts.release import __main__ as release
from scripts.release import import_certificate


@pytest.fixture
def checkout(staging_project: StagingProject) -> StagingProject:
    """A staging_project with a version."""
    for name in ("src-tauri/tauri.conf.json", "frontend/package.json"):
        (staging_project.project.root / name).parent.mkdir(parents=True)
        (staging_project.project.root / name).write_bytes((REPO / name).read_bytes())
    return staging_project


def test_release_tag_must_equal_the_version(checkout: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    _, version = checkout.project.name_and_version()
    assert release.main(["check", f"v{version}"], checkout.project) == 0
    for tag in (version, f"v{version}-1", "v99.0.0", "v"):
        assert release.main(["check", tag], checkout.project) == 1
        assert f"v{version}" in capsys.readouterr().err
    assert release.main(["check"], checkout.project) == 2


def test_release_file_names_are_unique_and_stable(checkout: StagingProject) -> None:
    project, names = (
        checkout.project,
        ["deb/My App_1_amd64.deb", "macos/My App.app.tar.gz", "macos/My App.app.tar.gz.sig"],
    )
    bundles = project.root / "src-tauri/target/release/bundle"
    assert release.collect(project, "aarch64-apple-darwin") == 1
    for name in [*names, "deb/control.tar.gz", "macos/My App.app/Contents/Info.plist"]:
        (bundles / name).parent.mkdir(parents=True, exist_ok=True)
        (bundles / name).write_text(name, encoding="utf-8")
    for kind in ("sbom", "licenses"):
        project.report(kind, "aarch64-apple-darwin").parent.mkdir(exist_ok=True)
        project.report(kind, "aarch64-apple-darwin").touch()
    for _ in range(2):
        assert release.collect(project, "aarch64-apple-darwin") == 0
    assert {path.name for path in (project.build_dir / "release").iterdir()} == {
        "My-App_1_amd64.deb",
        "My-App_aarch64-apple-darwin.app.tar.gz",
        "My-App_aarch64-apple-darwin.app.tar.gz.sig",
        "sbom.aarch64-apple-darwin.cdx.json",
        "licenses.aarch64-apple-darwin.html",
    }


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Environment of a workflow without secrets. The stubs log their arguments to security.log and certutil.log."""
    if sys.platform == "win32":
        pytest.skip("the stubs are shell scripts")
    for variable in (
        *("APPLE_CERTIFICATE", "APPLE_CERTIFICATE_PASSWORD", "APPLE_API_KEY_CONTENT"),
        *("WINDOWS_CERTIFICATE", "WINDOWS_CERTIFICATE_PASSWORD"),
    ):
        monkeypatch.delenv(variable, raising=False)
    for name in ("security", "certutil"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/{name}.log\ntest -z "$FAIL"\n', encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_ENV", str(tmp_path / "variables"))
    return tmp_path


def test_import_without_secrets_does_nothing(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for system in ("linux", "darwin", "win32"):
        import_certificate.main(system)
        assert "No certificate" in capsys.readouterr().out
    assert {path.name for path in machine.iterdir()} == {"bin"}


def test_certificate_is_imported_and_its_file_deleted(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APPLE_CERTIFICATE", base64.b64encode(b"p12").decode())
    monkeypatch.setenv("APPLE_CERTIFICATE_PASSWORD", "hush")
    monkeypatch.setenv("APPLE_API_KEY_CONTENT", "p8")
    import_certificate.main("darwin")
    calls = (machine / "security.log").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in calls] == [
        *("create-keychain", "set-keychain-settings", "unlock-keychain"),
        *("import", "set-key-partition-list", "list-keychains"),
    ]
    key = machine / "notarization.p8"
    assert (machine / "variables").read_text(encoding="utf-8") == f"APPLE_API_KEY_PATH={key}\n"
    assert key.stat().st_mode & 0o777 == 0o600
    assert not (machine / "certificate.p12").exists()
    output = capsys.readouterr()
    assert "hush" not in output.out + output.err


def test_linux_writes_certificates_to_files_for_later_steps(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for owner in ("APPLE", "WINDOWS"):
        monkeypatch.setenv(f"{owner}_CERTIFICATE", base64.b64encode(owner.encode()).decode())
        monkeypatch.setenv(f"{owner}_CERTIFICATE_PASSWORD", f"hush {owner}")
    import_certificate.main("linux")
    lines = (machine / "variables").read_text(encoding="utf-8").splitlines()
    files = {variable: Path(path) for variable, _, path in (line.partition("=") for line in lines)}
    for owner in ("APPLE", "WINDOWS"):
        assert files[f"{owner}_CERTIFICATE_FILE"].read_bytes() == owner.encode()
        assert files[f"{owner}_CERTIFICATE_PASSWORD_FILE"].read_text(encoding="utf-8") == f"hush {owner}"
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert "hush" not in "".join(capsys.readouterr())


def test_rejected_certificate_is_reported_without_its_password(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIL", "1")
    for system, owner in (("darwin", "APPLE"), ("win32", "WINDOWS")):
        monkeypatch.setenv(f"{owner}_CERTIFICATE", base64.b64encode(b"p12").decode())
        monkeypatch.setenv(f"{owner}_CERTIFICATE_PASSWORD", "hush")
        with pytest.raises(SystemExit, match="Check the certificate") as caught:
            import_certificate.main(system)
        assert "hush" not in str(caught.value)
        assert not (machine / "certificate.p12").exists()
