"""Verifies the signatures of a signed tree on any system."""

from collections.abc import Iterable
from pathlib import Path

from runtime.errors import SigningError
from runtime.integrity.authenticode import is_intact
from runtime.integrity.code_signature import CodeSignature, code_signatures
from runtime.integrity.natives import Kind, NativeFile

LIBRARY_VALIDATION_OFF = "com.apple.security.cs.disable-library-validation"
"""The entitlement that allows libraries of other teams and unsigned libraries."""
_STAGE_AGAIN = "Delete the tree and run `python3 -m runtime stage`."


def check_signatures(tree: Path, signed: Iterable[NativeFile]) -> None:
    """Check the signed files. Raises SigningError.

    Every file must match its signature. With the hardened runtime, macOS validates libraries: it rejects a library whose Team ID
    differs from the program's. Two missing Team IDs count as different ("have different Team IDs").
    """
    teams: dict[str | None, str] = {}
    validating: list[str] = []
    for native in signed:
        data = (tree / native.name).read_bytes()
        if native.kind is Kind.PE and not is_intact(data):
            raise SigningError(f"{native.name} has no valid signature after signing. {_STAGE_AGAIN}")
        if native.kind is Kind.MACH_O:
            for signature in _intact(native.name, data):
                teams.setdefault(signature.team, native.name)
                if native.program and signature.hardened_runtime and not _accepts_any_team(signature):
                    validating.append(native.name)
    if validating and None in teams:
        raise SigningError(
            f"macOS would refuse to load {teams[None]}: {validating[0]} has the hardened runtime, but the signature of the library has no Team ID. "
            f"Sign with a certificate from Apple, or with APPLE_SIGNING_IDENTITY=- to run the app only on this machine. {_STAGE_AGAIN}"
        )
    if validating and len(teams) > 1:
        named = ", ".join(f"{team} ({name})" for team, name in teams.items())
        raise SigningError(
            f"macOS would refuse to load libraries of another team than the program's: {named}. Sign all files with one identity. {_STAGE_AGAIN}"
        )


def _intact(name: str, data: bytes) -> list[CodeSignature]:
    signatures = code_signatures(data)
    good = [signature for signature in signatures if signature is not None and signature.intact]
    if len(good) < len(signatures):
        raise SigningError(f"{name} has no valid signature after signing. {_STAGE_AGAIN}")
    return good


def _accepts_any_team(signature: CodeSignature) -> bool:
    return bool(signature.entitlements.get(LIBRARY_VALIDATION_OFF))
