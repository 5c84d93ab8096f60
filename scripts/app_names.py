"""Reads and validates the app's names."""

import json
import re
import shutil
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

SHELL_CONFIG = "src-tauri/tauri.conf.json"
SHELL_CRATE = "src-tauri/Cargo.toml"
CRATE_LOCK = "src-tauri/Cargo.lock"

_RESERVED_NAMES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)),
}
"""Device names that Windows reserves, with any extension."""

_CARGO_NAMES = {
    "build",
    "deps",
    "examples",
    "incremental",
    "test",
    "app-shell",
    "backend-client",
    "backend-supervisor",
    "tauri-plugin-python-backend",
    "fake-backend",
    "fake-shell",
    "static-window",
}
"""Names that cargo reserves (folders in its target directory, the crate `test`), and names of this project's crates,
library and examples."""


_SYSTEM_NAMES = frozenset(
    """arch awk base32 base64 basename bash bun bzip2 cargo cat chcon chgrp chmod chown chroot cksum clear cmp comm cp curl cut dash
    date dd df diff dir dircolors dirname dmesg dnf dpkg du echo ed env expand expr factor false file find fish flock fmt fold free
    gcc git grep groups gzip head hostid hostname id install join kill less link ln locale login logname ls lsblk m4 make man mawk
    md5sum mkdir mkfifo mknod mktemp more mount mv nano nice nl node nohup npm nproc numfmt od open passwd paste patch pathchk perl
    ping pinky pip pr printenv printf ps ptx pwd python python3 readlink realpath reset rev rm rmdir rpm ruby runcon rust rustc
    screen script sed seq sh shred shuf sleep sort split ssh stat stdbuf strip stty su sudo sum sync tac tail tar tee test time
    timeout top touch tr true truncate tsort tty umount uname unexpand uniq unlink uptime users vdir vi vim wall watch wc wget
    which who whoami write xargs yes zip zsh
    as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return
    self static struct super trait type unsafe use where while""".split()  # noqa: SIM905 (shorter)
)
"""Linux programs that the app must not shadow, and Rust keywords, which are not valid crate names."""


class NameRefusedError(ValueError):
    """A name is invalid, or the rename is refused. The message states the reason."""


@dataclass(frozen=True)
class Names:
    """The app's names."""

    product: str
    """Product name: title bar, menus, installation folder."""
    identifier: str
    """Reverse-domain bundle identifier, such as com.example.app; also the data dir's name."""
    program: str
    """Name of the crate, the executable and the npm package."""

    @property
    def debug_identifier(self) -> str:
        """Identifier of a debug build, set by the shell's plugin, to separate its data from the installed app's."""
        return f"{self.identifier}.dev"


def read_names(root: Path) -> Names:
    """Read the names of a checkout."""
    config = json.loads((root / SHELL_CONFIG).read_text("utf-8"))
    crate = tomllib.loads((root / SHELL_CRATE).read_text("utf-8"))["package"]["name"]
    return Names(config["productName"], config["identifier"], crate)


def third_party_crates(root: Path) -> set[str]:
    """Names of all third-party crates of the shell."""
    packages = tomllib.loads((root / CRATE_LOCK).read_text("utf-8"))["package"]
    return {package["name"] for package in packages if "source" in package}


def check_product(name: str) -> None:
    """Validate a product name. Raises NameRefusedError unless every platform accepts it as file, folder and menu entry."""
    if not name or name != " ".join(name.split()):
        raise NameRefusedError(
            f"The name {name!r} is empty or has leading, trailing or repeated spaces. Example: NAME='My App'."
        )
    if invalid := sorted({char for char in name if not (unicodedata.category(char)[0] in "LMN" or char in " -_.+()")}):
        raise NameRefusedError(
            f"The name contains {' '.join(invalid)!r}, which is not allowed in file names or shell scripts. "
            "Allowed are letters and digits of any script, spaces and - _ . + ( )."
        )
    if not any(unicodedata.category(char)[0] in "LN" for char in name):
        raise NameRefusedError(f"The name {name!r} contains no letter or digit.")
    if name[0] in "-." or name[-1] == ".":
        raise NameRefusedError(
            f"The name {name!r} begins with a hyphen or dot, or ends with a dot. Such file names are hidden or invalid."
        )
    if name.partition(".")[0].strip().upper() in _RESERVED_NAMES:
        raise NameRefusedError(f"{name!r} is a device name on Windows, which is not allowed as a file name.")
    if len(name) > 60:
        raise NameRefusedError(
            f"The name has {len(name)} characters. The maximum is 60, because Windows limits the length of paths."
        )


def check_identifier(identifier: str) -> None:
    """Validate an identifier. Raises NameRefusedError unless Tauri, D-Bus and macOS accept it."""
    example = "Example: ID=com.example.myapp (your domain in reverse order, then the app)."
    part = r"[A-Za-z][A-Za-z0-9-]*"
    if not re.fullmatch(rf"{part}(\.{part})+", identifier, re.ASCII):
        raise NameRefusedError(
            f"The identifier {identifier!r} does not consist of two or more words of letters, digits and hyphens, "
            f"each beginning with a letter, separated by dots. {example}"
        )
    if identifier.lower().endswith(".app"):
        raise NameRefusedError(f"The identifier {identifier!r} ends in .app, like programs on macOS. {example}")
    if identifier.lower().endswith(".dev"):
        raise NameRefusedError(
            f"The identifier {identifier!r} ends in .dev, like the identifier of a debug build. {example}"
        )
    if (first := identifier.partition(".")[0]).upper() in _RESERVED_NAMES:
        raise NameRefusedError(
            f"The identifier {identifier!r} begins with {first}, a device name on Windows, which is not allowed for the data dir. {example}"
        )
    if len(identifier) > 100:
        raise NameRefusedError(f"The identifier has {len(identifier)} characters. The maximum is 100.")


def to_ascii(product: str) -> str:
    """The name without accents; empty if letters would be lost, as in non-Latin scripts."""
    pairs = [(char, unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()) for char in product]
    return "" if any(char.isalnum() and not plain for char, plain in pairs) else "".join(plain for _, plain in pairs)


def conflicting_program(names: Names) -> str | None:
    """Path of another package's program with that name on this machine. None if this app is installed: /usr/lib has its runtime."""
    if Path("/usr/lib", linux_name(names), "runtime").is_dir():
        return None
    return shutil.which(names.program, path="/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")


def preferred_program_name(product: str, identifier: str) -> str:
    """The product name in lowercase ASCII, else the last part of the identifier."""
    name = re.sub(r"[^a-z0-9]+", "-", to_ascii(product).lower()).strip("-")
    return name if name[:1].isalpha() else identifier.rpartition(".")[2].lower().strip("-")


def program_name(product: str, identifier: str, crates: set[str]) -> str:
    """The preferred program name. `-app` is appended if it is in `crates`, or is a name of cargo, Rust or the system."""
    name = preferred_program_name(product, identifier)
    conflicts = (
        name in _CARGO_NAMES | _SYSTEM_NAMES | crates
        or name.replace("-", "_") in crates
        or name.upper() in _RESERVED_NAMES
    )
    return f"{name}-app" if conflicts else name


def linux_name(names: Names) -> str:
    """The package name on Linux: dpkg and rpm accept only ASCII."""
    return names.product if names.product.isascii() else to_ascii(names.product) or names.program
