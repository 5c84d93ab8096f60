"""Sign the native files of the staged runtime, libraries first: `make build` runs it before the bundler. Without keys it prints a note.

macOS: a certificate in a file (APPLE_CERTIFICATE_FILE) for rcodesign, on any system; or APPLE_SIGNING_IDENTITY for macOS' codesign.
Windows: a certificate in a file (WINDOWS_CERTIFICATE_FILE) for osslsigncode, on any system; or WINDOWS_SIGN_COMMAND, a command line in
which %1 is the file. Files with a publisher's signature, such as Microsoft's C runtime, are not signed again.
ELF files are not signed. After signing the tree must not change: the backend runs with -B, and its bytecode is staged.

python3 -m scripts.release.sign [--target TRIPLE] [--list] [--no-timestamp]
python3 -m scripts.release.sign --file FILE     sign one Windows program in place; the bundler runs this
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import RuntimeStagingError, SigningError, TreeDamagedError
from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.authenticode import is_intact
from runtime.integrity.natives import Kind, NativeFile, kind_of, natives
from runtime.integrity.restamp import restamp
from runtime.integrity.signature_check import check_signatures
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import TARGETS, host_target
from scripts.project import ROOT
from scripts.release.signers import can_sign, sign_file
from scripts.release.signing_keys import (
    MACOS_CERTIFICATE_FILE,
    MACOS_IDENTITY,
    WINDOWS_CERTIFICATE_FILE,
    WINDOWS_COMMAND,
    config_errors,
)


@dataclass(frozen=True)
class SigningResult:
    """Names of files relative to the tree, in the order of signing."""

    signed: list[str]
    retained: list[str]
    """Files with a publisher's signature."""


def retains_publisher_signature(native: NativeFile, path: Path) -> bool:
    """Whether a publisher's signature is retained. Never for Mach-O, because macOS requires one Team ID for all files."""
    return native.kind is Kind.PE and is_intact(path.read_bytes())


def sign(tree: Path, *, timestamp: bool = True) -> SigningResult:
    """Sign each file for which keys are set, check the signatures, and update manifest and stamp.

    Raises StepFailedError, ToolMissingError, SigningError; the tree may then differ from its manifest.
    """
    signable = [native for native in natives(tree) if can_sign(native)]
    retained = [native for native in signable if retains_publisher_signature(native, tree / native.name)]
    signed = [native for native in signable if native not in retained]
    for native in signed:
        sign_file(native, tree / native.name, timestamp=timestamp)
    if signed:
        check_signatures(tree, signed)
        restamp(tree, {native.name for native in signed})
    return SigningResult([native.name for native in signed], [native.name for native in retained])


def sign_single_file(path: Path) -> str:
    """Sign one PE file outside a tree. Returns a message. Raises StepFailedError, ToolMissingError, SigningError."""
    if not path.is_file() or kind_of(path) is not Kind.PE:
        raise SigningError(f"{path} is not a Windows program. Pass an .exe, .dll or .pyd file.")
    native = NativeFile(path.name, Kind.PE, program=True)
    if errors := list(config_errors("windows")):
        raise SigningError(" ".join(errors))
    if not can_sign(native):
        raise SigningError(f"No keys are set: set {WINDOWS_CERTIFICATE_FILE} or {WINDOWS_COMMAND}.")
    if retains_publisher_signature(native, path):
        return f"{path}: already signed."
    sign_file(native, path)
    check_signatures(path.parent, [native])
    return f"{path}: signed."


def sign_tree(tree: Path, target: str, *, timestamp: bool) -> int:
    """Sign a staged tree unless it is signed, and print the result. Returns the exit status."""
    signable = [native for native in natives(tree) if native.kind is not Kind.ELF]
    if not signable:
        print(f"{tree}: no files to sign for {target}.")
        return 0
    if errors := list(config_errors(target)):
        print("\n".join(f"error: {error}" for error in errors), file=sys.stderr)
        return 1
    if verify(tree).signed:
        print(f"{tree}: already signed.")
        return 0
    done = sign(tree, timestamp=timestamp)
    if done.signed:
        retained = f" Publishers' signatures retained: {', '.join(done.retained)}." if done.retained else ""
        print(f"{tree}: {len(done.signed)} files signed.{retained}")
    else:
        print(
            f"{tree}: {len(signable)} files not signed, because no keys are set. Set {MACOS_IDENTITY} or {MACOS_CERTIFICATE_FILE} (macOS), "
            f"{WINDOWS_COMMAND} or {WINDOWS_CERTIFICATE_FILE} (Windows) to sign."
        )
    return 0


def main(arguments: list[str] | None = None, project: Project | None = None) -> int:
    parser = argparse.ArgumentParser(description="Sign the native files of the staged runtime.")
    parser.add_argument("--target", choices=TARGETS, default=host_target())
    parser.add_argument("--list", action="store_true", help="print the files in the order of signing, without signing")
    parser.add_argument(
        "--no-timestamp", action="store_true", help="use no timestamp server, for a self-signed certificate"
    )
    parser.add_argument("--file", type=Path, help="sign this Windows program instead of the tree")
    options = parser.parse_args(arguments)
    tree = (project or Project.at(ROOT)).tree(options.target)
    try:
        if options.file:
            print(sign_single_file(options.file))
            return 0
        if not tree.is_dir():
            raise TreeDamagedError(f"{tree} does not exist. Run `python3 -m runtime stage --target {options.target}`.")
        if options.list:
            listed = (native for native in natives(tree) if native.kind is not Kind.ELF)
            unsigned = (native for native in listed if not retains_publisher_signature(native, tree / native.name))
            print("".join(f"{native.name}\n" for native in unsigned), end="")
            return 0
        return sign_tree(tree, options.target, timestamp=not options.no_timestamp)
    except RuntimeStagingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
