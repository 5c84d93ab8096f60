"""Fetches the pristine source tarball with an apt configuration of its own; the machine's apt state is not touched.

No host is written down: the deb-src entry is the machine's own Debian entry with the suite swapped.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from runtime.digests import sha256_file
from runtime.errors import InputMissingError, WrongDigestError
from runtime.pins import StandInPin
from runtime.processes import run

_ROLLING = {"stable", "testing", "unstable", "sid"}


@dataclass(frozen=True)
class Mirror:
    """One Debian archive entry of the machine: where, and whose signature is trusted."""

    uri: str
    signed_by: str = ""

    def source_stanza(self, suite: str) -> str:
        """The same archive's sources for a suite, in deb822 form (man 5 sources.list)."""
        signed = f"Signed-By: {self.signed_by}\n" if self.signed_by else ""
        return f"Types: deb-src\nURIs: {self.uri}\nSuites: {suite}\nComponents: main\n{signed}"


def _deb822_mirrors(text: str, suites: set[str]) -> list[Mirror]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        body = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
        # A field's value goes on over the lines that start with white space: an inline key, say.
        fields = {
            key.lower(): value.strip() for key, value in re.findall(r"(?m)^([\w-]+):((?:.*)(?:\n[ \t].*)*)", body)
        }
        if fields.get("enabled", "yes").lower() == "no" or "main" not in fields.get("components", "").split():
            continue
        if suites & set(fields.get("suites", "").split()) and fields.get("uris"):
            found.append(Mirror(fields["uris"].split()[0], fields.get("signed-by", "")))
    return found


def _one_line_mirrors(text: str, suites: set[str]) -> list[Mirror]:
    found = []
    for line in text.splitlines():
        match = re.match(
            r"deb(?:-src)?\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)", line
        )
        if match and match["suite"] in suites and "main" in match["rest"].split():
            signed = re.search(r"signed-by=(\S+)", match["options"] or "")
            found.append(Mirror(match["uri"], signed[1] if signed else ""))
    return found


def find_mirror(apt_dir: Path, codename: str) -> Mirror:
    """The machine's Debian archive, from its apt sources of either form. Raises InputMissingError."""
    suites = {codename} | _ROLLING
    for path in [apt_dir / "sources.list", *sorted((apt_dir / "sources.list.d").glob("*"))]:
        if path.suffix in (".list", ".sources") and path.is_file():
            parse = _deb822_mirrors if path.suffix == ".sources" else _one_line_mirrors
            if mirrors := parse(path.read_text(encoding="utf-8", errors="replace"), suites):
                return mirrors[0]
    raise InputMissingError(
        f"{apt_dir} names no Debian archive for {codename} with the component main, so the stand-in's source can't be "
        "fetched. Add one, or set RUNTIME_ARCHIVE or RUNTIME_MIRROR."
    )


def fetch_tarball(pin: StandInPin, mirror: Mirror, work: Path) -> Path:
    """Download the pristine tarball into `work` and check its sha256. Raises StepFailedError, WrongDigestError."""
    parts, state, cache, downloads = (work / name for name in ("sources", "state", "cache", "downloads"))
    for folder in (parts, state / "lists" / "partial", cache / "archives" / "partial", downloads):
        folder.mkdir(parents=True)
    (parts / "stand-in.sources").write_text(mirror.source_stanza(pin.debian_suite), encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": os.devnull,
        "Dir::Etc::sourceparts": parts,
        "Dir::Etc::preferences": os.devnull,
        "Dir::Etc::preferencesparts": work / "none",
        "Dir::State": state,
        "Dir::State::status": os.devnull,
        "Dir::Cache": cache,
    }
    if os.geteuid() == 0:
        # apt would drop to its own user, who can't write into a private temporary folder.
        options["APT::Sandbox::User"] = "root"
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    advice = "Check the network and the apt mirror, or set RUNTIME_ARCHIVE or RUNTIME_MIRROR."
    what = f"read the list of Debian {pin.debian_suite}'s source packages"
    run([*apt, "update", "--error-on=any"], what=what, advice=advice)
    run(
        [*apt, "source", "--download-only", "--tar-only", pin.debian_source],
        what=f"fetch Debian's source package {pin.debian_source}",
        advice=advice,
        cwd=downloads,
    )
    tarball = downloads / pin.tarball
    if not tarball.is_file():
        names = ", ".join(sorted(path.name for path in downloads.iterdir())) or "nothing"
        raise WrongDigestError(
            f"Debian {pin.debian_suite} no longer carries {pin.tarball} (it sent {names}). Set RUNTIME_ARCHIVE or "
            "RUNTIME_MIRROR, or bump stand_in in runtime/pins.json."
        )
    actual = sha256_file(tarball)
    if actual != pin.sha256:
        raise WrongDigestError(
            f"{pin.tarball} has sha256 {actual}, but runtime/pins.json says {pin.sha256}. It was not used. "
            "Check the apt mirror, or bump stand_in in runtime/pins.json."
        )
    return tarball
