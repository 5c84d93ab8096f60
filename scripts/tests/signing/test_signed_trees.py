"""Complete trees of macOS and Windows, signed with self-signed certificates by rcodesign and osslsigncode: `make test-signing`.

Not tested: whether the systems trust a certificate and start the programs.
"""

import dataclasses
import plistlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.build.packed_bytecode import FILE_NAME as BYTECODE
from runtime.errors import TreeDamagedError
from runtime.integrity.authenticode import is_intact, is_signed
from runtime.integrity.code_signature import AD_HOC, CodeSignature, code_signatures
from runtime.integrity.manifest import read_manifest
from runtime.integrity.natives import Kind, NativeFile, natives
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import interpreter
from runtime.tests.conftest import REPO
from runtime.tests.identities import TEAM, Identity, apple_identity, windows_identity
from scripts.platforms.test_signing import TARGETS
from scripts.release import sign
from scripts.release.signers import ENTITLEMENTS, rcodesign
from scripts.release.signing_keys import VARIABLES

MACS, WINDOWS = [target for target in TARGETS if "apple" in target], "x86_64-pc-windows-msvc"
MICROSOFT = {"python/vcruntime140.dll", "python/vcruntime140_1.dll"}


@dataclasses.dataclass(frozen=True)
class SignedTree:
    """A signed copy of a staged tree, and the staged tree."""

    project: Project
    target: str
    identity: Identity

    @property
    def tree(self) -> Path:
        return self.project.tree(self.target)

    @property
    def staged(self) -> Path:
        return Project.at(REPO).tree(self.target)

    def changed(self) -> set[str]:
        before, after = read_manifest(self.staged), read_manifest(self.tree)
        assert before.keys() == after.keys()
        return {name for name in before if before[name] != after[name]}


def copy_of(target: str, folder: Path) -> Project:
    """A project with another build folder, which contains a copy of the staged tree."""
    project = dataclasses.replace(Project.at(REPO), build_dir=folder)
    shutil.copytree(Project.at(REPO).tree(target), project.tree(target))
    return project


@pytest.fixture(scope="module")
def variables() -> Iterator[pytest.MonkeyPatch]:
    """An environment without signing keys, for the module."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        yield patch


def set_identity(variables: pytest.MonkeyPatch, owner: str, identity: Identity) -> None:
    variables.setenv(f"{owner}_CERTIFICATE_FILE", str(identity.p12))
    variables.setenv(f"{owner}_CERTIFICATE_PASSWORD_FILE", str(identity.password_file))


@pytest.fixture(scope="module", params=MACS)
def mac(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, variables: pytest.MonkeyPatch
) -> SignedTree:
    folder = tmp_path_factory.mktemp("mac")
    identity = apple_identity(folder)
    set_identity(variables, "APPLE", identity)
    variables.setenv("APPLE_TEAM_ID", TEAM)
    project = copy_of(str(request.param), folder / "build")
    assert sign.main(["--target", str(request.param), "--no-timestamp"], project) == 0
    return SignedTree(project, str(request.param), identity)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, variables: pytest.MonkeyPatch) -> SignedTree:
    folder = tmp_path_factory.mktemp("windows")
    identity = windows_identity(folder)
    set_identity(variables, "WINDOWS", identity)
    project = copy_of(WINDOWS, folder / "build")
    assert sign.main(["--target", WINDOWS, "--no-timestamp"], project) == 0
    return SignedTree(project, WINDOWS, identity)


def mach_o_files(tree: Path) -> list[NativeFile]:
    return [native for native in natives(tree) if native.kind is Kind.MACH_O]


def signatures(path: Path) -> list[CodeSignature]:
    found = code_signatures(path.read_bytes())
    return [signature for signature in found if signature is not None] if None not in found else []


def rcodesign_verifies(path: Path) -> bool:
    done = subprocess.run([rcodesign() or "", "verify", path], capture_output=True, text=True, check=False)
    return done.returncode == 0


def osslsigncode_verify(windows: SignedTree, path: Path) -> subprocess.CompletedProcess[str]:
    """Verify with the test's certificate as the trusted certificate."""
    command = ["osslsigncode", "verify", "-CAfile", str(windows.identity.certificate), "-in", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_mach_o_file_has_hardened_runtime_and_the_team_of_one_identity(mac: SignedTree) -> None:
    files = mach_o_files(mac.tree)
    assert len(files) > 5
    for native in files:
        assert rcodesign_verifies(mac.tree / native.name), native
        found = signatures(mac.tree / native.name)
        assert found, native
        for signature in found:
            assert signature.intact, native
            assert signature.has_cms_signature, native
            assert signature.hardened_runtime, native
            assert (signature.ad_hoc, signature.team) == (False, TEAM), native


def test_only_the_interpreter_has_entitlements(mac: SignedTree) -> None:
    entitled = {
        native.name: signature.entitlements
        for native in mach_o_files(mac.tree)
        for signature in signatures(mac.tree / native.name)
        if signature.entitlements
    }
    assert entitled == {str(interpreter(mac.target)): plistlib.loads(ENTITLEMENTS.read_bytes())}


def test_signing_changes_only_signed_files_and_the_tree_verifies(mac: SignedTree) -> None:
    assert verify(mac.tree).signed
    assert mac.changed() == {native.name for native in mach_o_files(mac.tree)}
    assert [name for name in read_manifest(mac.tree) if name.endswith(BYTECODE)], (
        "the tree must contain bytecode, otherwise this test does not show that it is unchanged"
    )


def test_changed_byte_breaks_signature_and_manifest(mac: SignedTree, tmp_path: Path) -> None:
    native = mach_o_files(mac.tree)[0]
    path = mac.tree / native.name
    content = path.read_bytes()
    path.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    try:
        assert not all(signature.intact for signature in signatures(path))
        assert not rcodesign_verifies(path)
        with pytest.raises(TreeDamagedError, match=native.name):
            verify(mac.tree)
    finally:
        path.write_bytes(content)


def test_signed_tree_is_not_signed_twice(mac: SignedTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign.main(["--target", mac.target], mac.project) == 0
    assert "already signed" in capsys.readouterr().out


def test_app_bundle_seals_the_signed_tree_and_changes_nothing_in_it(mac: SignedTree, tmp_path: Path) -> None:
    contents = tmp_path / "Test.app" / "Contents"
    (contents / "MacOS").mkdir(parents=True)
    shutil.copy(mac.tree / interpreter(mac.target), contents / "MacOS" / "shell")
    shutil.copytree(mac.tree, contents / "Resources" / "runtime")
    info = {"CFBundleIdentifier": "com.example.test", "CFBundleExecutable": "shell", "CFBundlePackageType": "APPL"}
    (contents / "Info.plist").write_bytes(plistlib.dumps(info))
    command = [rcodesign() or "", "sign", "--p12-file", str(mac.identity.p12)]
    command += [
        "--p12-password-file",
        str(mac.identity.password_file),
        "--code-signature-flags",
        "runtime",
        "--team-name",
        TEAM,
        "--timestamp-url",
        "none",
    ]
    command += ["--exclude", "**/Resources/runtime/**", str(contents.parent)]
    subprocess.run(command, check=True, capture_output=True)
    resources = plistlib.loads((contents / "_CodeSignature" / "CodeResources").read_bytes())["files2"]
    tree = contents / "Resources" / "runtime"
    assert verify(tree).signed
    names = {path.relative_to(contents).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert names <= resources.keys()
    (shell,) = signatures(contents / "MacOS" / "shell")
    assert (shell.identifier, shell.team, shell.intact) == ("com.example.test", TEAM, True)


def test_hardened_runtime_without_team_id_is_refused(
    mac: SignedTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("APPLE_TEAM_ID")
    project = copy_of(mac.target, tmp_path)
    assert sign.main(["--target", mac.target, "--no-timestamp"], project) == 1
    assert "no Team ID" in capsys.readouterr().err


def test_ad_hoc_signature_has_neither_hardened_runtime_nor_team(
    mac: SignedTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPLE_CERTIFICATE_FILE")
    monkeypatch.delenv("APPLE_CERTIFICATE_PASSWORD_FILE")
    monkeypatch.setenv("APPLE_SIGNING_IDENTITY", "-")
    project = copy_of(mac.target, tmp_path)
    assert sign.main(["--target", mac.target], project) == 0
    tree = project.tree(mac.target)
    assert verify(tree).signed
    for native in mach_o_files(tree):
        found = signatures(tree / native.name)
        assert found, native
        for signature in found:
            assert (signature.intact, signature.has_cms_signature, signature.team) == (True, False, None), native
            assert signature.flags & AD_HOC, native
            assert not signature.hardened_runtime, native


def test_every_pe_file_except_microsofts_has_the_app_signature(windows: SignedTree) -> None:
    files = [native.name for native in natives(windows.tree) if native.kind is Kind.PE]
    assert len(files) > 20
    for name in sorted({*files} - MICROSOFT):
        done = osslsigncode_verify(windows, windows.tree / name)
        assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
        assert "CN=A Test" in done.stdout
        assert is_intact((windows.tree / name).read_bytes()), name


def test_microsofts_runtime_keeps_microsofts_signature(windows: SignedTree) -> None:
    for name in MICROSOFT:
        data = (windows.tree / name).read_bytes()
        assert data == (windows.staged / name).read_bytes()
        assert is_intact(data)
        # Microsoft's root certificate is not on this machine, but the signed digest can be compared.
        output = osslsigncode_verify(windows, windows.tree / name).stdout
        signed_digests = re.findall(r"Current message digest *: *(\w+)", output)
        assert signed_digests
        assert signed_digests == re.findall(r"Calculated message digest *: *(\w+)", output)
        assert "O=Microsoft Corporation" in output


def test_signing_changes_only_other_pe_files_and_the_tree_verifies(windows: SignedTree) -> None:
    assert verify(windows.tree).signed
    files = {native.name for native in natives(windows.tree) if native.kind is Kind.PE}
    assert windows.changed() == files - MICROSOFT
    assert {name for name in files if is_signed((windows.staged / name).read_bytes())} == MICROSOFT


def test_changed_byte_breaks_pe_signature(windows: SignedTree, tmp_path: Path) -> None:
    broken = tmp_path / "python.exe"
    data = (windows.tree / interpreter(WINDOWS)).read_bytes()
    broken.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    assert osslsigncode_verify(windows, broken).returncode != 0
    assert not is_intact(broken.read_bytes())
