"""Signing is off without keys and reports that; with keys it signs innermost files first and updates the manifest.

The signer is a stub; runtime/tests/test_six_targets.py and scripts/tests/signing run the real programs on real trees.
"""

import dataclasses
import json
import os
import plistlib
import sys
from pathlib import Path

import pytest

from runtime.build.stage import Outcome
from runtime.errors import SigningError, TreeDamagedError
from runtime.fetch.archive import ArchiveRequest
from runtime.integrity.code_signature import HARDENED_RUNTIME, code_signatures
from runtime.integrity.digests import sha256_file
from runtime.integrity.natives import Kind, NativeFile
from runtime.integrity.restamp import restamp
from runtime.integrity.signature_check import LIBRARY_VALIDATION_OFF, check_signatures
from runtime.integrity.stamp import read_stamp
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import host_target
from runtime.tests.conftest import REPO, STUB_TOOLS, StagingProject, stub_install
from runtime.tests.native_files import mach_o, pe, signed_mach_o, signed_pe, universal
from runtime.tests.real_layouts import archive_for, native
from scripts.release import sign, signers
from scripts.release.signing_keys import AD_HOC, MACOS_IDENTITY, VARIABLES, WINDOWS_COMMAND

MAC, WINDOWS = "aarch64-apple-darwin", "x86_64-pc-windows-msvc"


def install_native(project: Project, lock_file: Path, into: Path, target: str, minor: str) -> None:
    """Stub of install_lock: one package with an extension module."""
    stub_install(project, lock_file, into, target, minor)
    (into / "dist" / "native.so").write_bytes(native(target, program=False))


def staged(staging_project: StagingProject, target: str) -> Path:
    """Stage a target's tree from an archive in its layout."""
    archive = archive_for(target, staging_project.archive.with_name("layout.tar.gz"))
    request = ArchiveRequest(archive=archive, archive_sha256=sha256_file(archive))
    tree = staging_project.project.tree(target)
    tree.parent.mkdir(parents=True, exist_ok=True)
    host_tree = staging_project.project.tree(host_target())
    if not host_tree.is_symlink():
        host_tree.symlink_to(Project.at(REPO).tree(host_target()))
    assert (
        staging_project.staging(request, dataclasses.replace(STUB_TOOLS, install=install_native), target).run()
        is Outcome.STAGED
    )
    return tree


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stub of `codesign` that signs the files of these tests. Returns its log."""
    log, program = tmp_path / "signed.log", tmp_path / "bin" / "codesign"
    program.parent.mkdir()
    fake = Path(__file__).with_name("fake_signer.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -B "{fake}" "{log}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def run(staging_project: StagingProject, target: str, *more: str) -> int:
    return sign.main(["--target", target, *more], staging_project.project)


def test_signing_without_keys_is_off_and_reported(
    staging_project: StagingProject, signer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in (MAC, WINDOWS):
        tree = staged(staging_project, target)
        assert run(staging_project, target) == 0
        assert "not signed" in (output := capsys.readouterr().out)
        assert MACOS_IDENTITY in output
        assert WINDOWS_COMMAND in output
        verify(tree)
    assert not signer.exists()


def test_macos_signs_every_mach_o_innermost_first(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = staged(staging_project, MAC)
    monkeypatch.setenv(MACOS_IDENTITY, identity := "Developer ID Application: Someone (TEAM)")
    before = read_stamp(tree)
    assert run(staging_project, MAC) == 0
    lines = signer.read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("/")[2] for line in lines] == ["native.so", "python3"]
    assert all(line.startswith(f"--force --sign {identity} --timestamp --options runtime ") for line in lines)
    assert ["--entitlements" in line for line in lines] == [False, True], "only programs have entitlements"
    assert "2 files signed" in capsys.readouterr().out
    after = verify(tree)
    assert before is not None
    assert (before.signed, after.signed) == (False, True)
    assert after.manifest_sha256 != before.manifest_sha256
    assert run(staging_project, MAC) == 0
    assert "already signed" in capsys.readouterr().out
    assert len(signer.read_text(encoding="utf-8").splitlines()) == 2


def test_ad_hoc_signature_has_no_hardened_runtime(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = staged(staging_project, MAC)
    monkeypatch.setenv(MACOS_IDENTITY, AD_HOC)
    assert run(staging_project, MAC) == 0
    for line in signer.read_text(encoding="utf-8").splitlines():
        assert line.startswith("--force --sign - --timestamp=none /")
    assert verify(tree).signed


def test_hardened_runtime_without_team_id_is_refused(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = staged(staging_project, MAC)
    monkeypatch.setenv(MACOS_IDENTITY, "Self-signed")
    assert run(staging_project, MAC) == 1
    assert "no Team ID" in capsys.readouterr().err
    with pytest.raises(TreeDamagedError):
        verify(tree)


PROGRAM, LIBRARY = NativeFile("python3", Kind.MACH_O, program=True), NativeFile("native.so", Kind.MACH_O, program=False)


@pytest.mark.parametrize(
    ("program_team", "library_team", "entitlements", "match"),
    [
        ("ONE", "ONE", {}, None),
        ("ONE", "TWO", {}, "another team .*TWO .*ONE"),
        ("ONE", None, {}, "refuse to load native.so"),
        (None, None, {}, "no Team ID"),
        (None, None, {LIBRARY_VALIDATION_OFF: True}, None),
        ("ONE", "TWO", {LIBRARY_VALIDATION_OFF: False}, "another team"),
    ],
)
def test_program_with_hardened_runtime_needs_libraries_of_its_team(
    program_team: str | None, library_team: str | None, entitlements: dict[str, bool], match: str | None, tmp_path: Path
) -> None:
    program = signed_mach_o(
        mach_o(program=True), flags=HARDENED_RUNTIME, team=program_team, entitlements=entitlements or None
    )
    (tmp_path / PROGRAM.name).write_bytes(program)
    (tmp_path / LIBRARY.name).write_bytes(signed_mach_o(mach_o(program=False), team=library_team))
    if match is None:
        check_signatures(tmp_path, [LIBRARY, PROGRAM])
        return
    with pytest.raises(SigningError, match=match):
        check_signatures(tmp_path, [LIBRARY, PROGRAM])


@pytest.mark.parametrize(
    ("kind", "unsigned", "signed"),
    [
        (Kind.MACH_O, mach_o(program=False), signed_mach_o(mach_o(program=False))),
        (Kind.PE, pe(program=False), signed_pe(pe(program=False))),
    ],
)
def test_file_that_does_not_match_its_signature_is_refused(
    kind: Kind, unsigned: bytes, signed: bytes, tmp_path: Path
) -> None:
    library = NativeFile("library", kind, program=False)
    path = tmp_path / library.name
    path.write_bytes(signed)
    check_signatures(tmp_path, [library])
    for content in (unsigned, signed[:20] + b"!" + signed[21:]):
        path.write_bytes(content)
        with pytest.raises(SigningError, match="no valid signature"):
            check_signatures(tmp_path, [library])


@pytest.mark.parametrize("fat", [False, True])
@pytest.mark.parametrize("entitlements", [None, {"a": True}])
def test_malformed_signature_counts_as_unsigned(entitlements: dict[str, bool] | None, fat: bool) -> None:
    signed = signed_mach_o(mach_o(program=False), entitlements=entitlements)
    if fat:
        signed = universal({7: signed})
    for end in range(0 if fat else 32, len(signed)):
        (signature,) = code_signatures(signed[:end])
        assert signature is None or not signature.intact


def test_incomplete_keys_fail_before_signing(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    staged(staging_project, WINDOWS)
    monkeypatch.setenv(WINDOWS_COMMAND, "codesign /fd sha256")
    assert run(staging_project, WINDOWS) == 1
    assert "%1" in capsys.readouterr().err
    assert not signer.exists()


def test_interpreter_has_one_entitlement() -> None:
    granted = plistlib.loads(signers.ENTITLEMENTS.read_bytes())
    assert granted == {"com.apple.security.cs.allow-unsigned-executable-memory": True}
    macos = json.loads((REPO / "src-tauri/tauri.conf.json").read_text(encoding="utf-8"))["bundle"]["macOS"]
    assert "entitlements" not in macos, "the shell requires no entitlements"
    assert macos.get("hardenedRuntime", True)


def test_windows_runs_the_configured_sign_command(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = staged(staging_project, WINDOWS)
    monkeypatch.setenv(WINDOWS_COMMAND, "codesign /fd 'a b' %1")
    assert run(staging_project, WINDOWS) == 0
    lines = signer.read_text(encoding="utf-8").splitlines()
    names = [line.rpartition("/")[2] for line in lines]
    assert names[:2] == ["_ssl.pyd", "libssl-3-x64.dll"]
    assert names[-1] == "python.exe"
    assert lines[0].startswith("/fd a b ")
    assert verify(tree).signed


def test_valid_publisher_signature_is_preserved_and_an_invalid_one_replaced(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = staged(staging_project, WINDOWS)
    runtime, broken = tree / "python/vcruntime140.dll", tree / "python/python3.dll"
    runtime.write_bytes(signed_pe(pe(program=False)))
    broken.write_bytes(signed_pe(pe(program=False), digest=b"of another file"))
    original = runtime.read_bytes()
    restamp(tree, {"python/vcruntime140.dll", "python/python3.dll"})
    not_signed = json.loads((tree / "stamp.json").read_text(encoding="utf-8")) | {"signed": False}
    (tree / "stamp.json").write_text(json.dumps(not_signed), encoding="utf-8")
    monkeypatch.setenv(WINDOWS_COMMAND, "codesign %1")
    assert run(staging_project, WINDOWS) == 0
    assert "signatures retained: python/vcruntime140.dll" in capsys.readouterr().out
    assert runtime.read_bytes() == original
    assert "python/python3.dll" in signer.read_text(encoding="utf-8")
    assert run(staging_project, WINDOWS, "--list") == 0
    assert capsys.readouterr().out == "", "all are signed"


def test_output_file_of_the_sign_command_replaces_the_input_file(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = staged(staging_project, WINDOWS)
    before = set(tree.rglob("*"))
    monkeypatch.setenv(WINDOWS_COMMAND, """sh -c 'cp "$0" "$1" && codesign "$1"' %1 %2""")
    mode = (tree / "python/python.exe").stat().st_mode
    assert run(staging_project, WINDOWS) == 0
    assert verify(tree).signed
    assert set(tree.rglob("*")) == before, "no temporary file is left"
    assert (tree / "python/python.exe").stat().st_mode == mode


@pytest.mark.parametrize("command", ["true %1", "true %1 %2"])
def test_sign_command_that_does_not_sign_is_reported(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    tree = staged(staging_project, WINDOWS)
    monkeypatch.setenv(WINDOWS_COMMAND, command)
    assert run(staging_project, WINDOWS) == 1
    assert "no valid signature" in capsys.readouterr().err
    assert not verify(tree).signed


def test_file_option_signs_a_program_once(
    signer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "set up.exe"
    program.write_bytes(pe(program=True))
    assert sign.main(["--file", str(program)]) == 1
    assert "No keys are set" in capsys.readouterr().err
    monkeypatch.setenv(WINDOWS_COMMAND, "codesign %1")
    for status in ("signed", "already signed"):
        assert sign.main(["--file", str(program)]) == 0
        assert f": {status}" in capsys.readouterr().out
    assert len(signer.read_text(encoding="utf-8").splitlines()) == 1
    (tmp_path / "note.txt").write_text("MZ", encoding="utf-8")
    assert sign.main(["--file", str(tmp_path / "note.txt")]) == 1
    assert "not a Windows program" in capsys.readouterr().err


def test_failed_signing_leaves_the_tree_unsigned(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = staged(staging_project, WINDOWS)
    monkeypatch.setenv(WINDOWS_COMMAND, "false %1")
    assert run(staging_project, WINDOWS) == 1
    assert "Could not sign" in capsys.readouterr().err
    assert not verify(tree).signed


def test_damaged_tree_is_not_signed(
    staging_project: StagingProject, signer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = staged(staging_project, MAC)
    monkeypatch.setenv(MACOS_IDENTITY, "-")
    (tree / "python/bin/python3").write_bytes(b"\xcf\xfa\xed\xfe tampered")
    assert run(staging_project, MAC) == 1
    assert not signer.exists()


@pytest.mark.parametrize("option", [(), ("--list",)])
def test_missing_tree_is_reported(
    staging_project: StagingProject, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    assert run(staging_project, MAC, *option) == 1
    assert f"does not exist. Run `python3 -m runtime stage --target {MAC}`" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["python/lib/python3.14/os.py", "python/lib/python3.14/__pycache__/os.pyc"])
def test_signer_that_changes_other_files_is_refused(staging_project: StagingProject, name: str) -> None:
    tree = staged(staging_project, MAC)
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("written by another program", encoding="utf-8")
    with pytest.raises(SigningError, match=f"changed files other than .*{name}"):
        restamp(tree, {"python/bin/python3"})
    with pytest.raises(TreeDamagedError):
        verify(tree)


def test_list_shows_the_files_to_sign(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    staged(staging_project, MAC)
    assert run(staging_project, MAC, "--list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "site-packages/dist/native.so",
        "python/bin/python3",
    ]
