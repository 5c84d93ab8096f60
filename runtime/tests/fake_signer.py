"""Stub of codesign and signtool: signs the files of native_files, and appends its arguments to a log.

Usage: fake_signer.py LOG ARGUMENT... FILE. The Team ID is in parentheses in the identity, as in Apple's certificates.
"""

import plistlib
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from runtime.integrity.code_signature import AD_HOC, HARDENED_RUNTIME
from runtime.tests.native_files import signed_mach_o, signed_pe


def main() -> None:
    log, *arguments = sys.argv[1:]
    path = Path(arguments[-1])
    if (data := path.read_bytes())[:2] == b"MZ":
        path.write_bytes(signed_pe(data))
    else:
        identity = arguments[arguments.index("--sign") + 1]
        team = re.search(r"\((\w+)\)", identity)
        flags = AD_HOC if identity == "-" else HARDENED_RUNTIME if "runtime" in arguments else 0
        entitled = (
            Path(arguments[arguments.index("--entitlements") + 1]).read_bytes()
            if "--entitlements" in arguments
            else b""
        )
        entitlements = plistlib.loads(entitled) if entitled else None
        path.write_bytes(signed_mach_o(data, flags=flags, team=team and team[1], entitlements=entitlements))
    with Path(log).open("a", encoding="utf-8") as stream:
        stream.write(" ".join(arguments) + "\n")


main()
