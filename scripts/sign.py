"""Sign the native files of the staged runtime, inside out: `make build` runs it before the bundler. Off without keys, and says so.

macOS: APPLE_SIGNING_IDENTITY, as for the Tauri bundler (which signs the app around the tree, but not the resources in it).
Windows: WINDOWS_SIGN_COMMAND, a command line in which %1 stands for the file, as the bundler's `signCommand`.
ELF is not signed. Nothing may be written into the tree afterwards: the backend runs with -B, and its bytecode is there already.

python3 scripts/sign.py [--target TRIPLE] [--list]
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.errors import RuntimeStagingError  # noqa: E402
from runtime.host.processes import run  # noqa: E402
from runtime.host.tool_environment import adopt  # noqa: E402
from runtime.integrity.natives import Kind, Native, natives  # noqa: E402
from runtime.integrity.restamp import reseal  # noqa: E402
from runtime.integrity.verify import verify  # noqa: E402
from runtime.project import Project  # noqa: E402
from runtime.targets import TARGETS, host_target  # noqa: E402
from scripts.signing_keys import MACOS_IDENTITY, WINDOWS_COMMAND, WINDOWS_FILE, faults, key, windows_command  # noqa: E402

ENTITLEMENTS = ROOT / "src-tauri" / "entitlements.plist"
"""What the hardened runtime shall allow the interpreter (docs/packaging.md)."""

AD_HOC = "-"
"""An identity of no team, for this machine alone: it has no trusted time, and under the hardened runtime its interpreter
could load no library, since that demands one team."""


def command_for(native: Native, path: Path) -> list[str] | None:
    """How to sign one file; None if its format is not signed, or there are no keys for it."""
    if native.kind is Kind.MACH_O and (identity := key(MACOS_IDENTITY)):
        command = ["codesign", "--force", "--sign", identity]
        if identity == AD_HOC:
            command += ["--timestamp=none"]
        else:
            command += ["--timestamp", "--options", "runtime"]
            if native.program:
                command += ["--entitlements", str(ENTITLEMENTS)]
        return [*command, str(path)]
    if native.kind is Kind.PE and (words := windows_command()):
        return [str(path) if word == WINDOWS_FILE else word for word in words]
    return None


def sign(tree: Path) -> list[str]:
    """Sign what can be, in order, and return the paths relative to the tree. Raises StepFailedError, ToolMissingError, SigningError."""
    done: list[str] = []
    for native in natives(tree):
        if command := command_for(native, tree / native.name):
            run(command, what=f"sign {native.name}", advice="Check the certificate and its password, then stage anew.")
            done.append(native.name)
    if done:
        reseal(tree, set(done))
    return done


def main(arguments: list[str] | None = None, project: Project | None = None) -> int:
    parser = argparse.ArgumentParser(description="Sign the native files of the staged runtime.")
    parser.add_argument("--target", choices=TARGETS, default=host_target())
    parser.add_argument("--list", action="store_true", help="only print what would be signed, in order")
    options = parser.parse_args(arguments)
    tree = (project or Project.at(ROOT)).tree(options.target)
    signable = [native for native in natives(tree) if native.kind is not Kind.ELF]
    if options.list:
        print("".join(f"{native.name}\n" for native in signable), end="")
        return 0
    if not signable:
        print(f"{tree}: nothing in it is signed on this system.")
        return 0
    if wrong := list(faults(options.target)):
        print("\n".join(f"error: {fault}" for fault in wrong), file=sys.stderr)
        return 1
    try:
        stamp = verify(tree)
        if stamp.signed:
            print(f"{tree}: already signed.")
            return 0
        done = sign(tree)
    except RuntimeStagingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if done:
        print(f"{tree}: {len(done)} files signed.")
    else:
        print(
            f"{tree}: not signed, {len(signable)} files could be. Signing is off: set {MACOS_IDENTITY} (macOS) or "
            f"{WINDOWS_COMMAND} (Windows) to turn it on."
        )
    return 0


if __name__ == "__main__":
    adopt()
    sys.exit(main())
