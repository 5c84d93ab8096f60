"""Resolves the archive from a local file, a mirror, the official release or the Go module, in this order.

Only an unreachable source falls back to the next one, with a warning. A wrong SHA-256, a truncated download or a 404 is an
error: a fallback would hide a tampered or misconfigured source.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from runtime.errors import (
    InputMissingError,
    NotFoundError,
    SourceRefusedError,
    SourceUnreachableError,
    UnsupportedTargetError,
    WrongDigestError,
)
from runtime.fetch.go_module import TREES, go_module_archive
from runtime.fetch.pins import GoModulePin, Pin, minor_of
from runtime.host.lockfile import staging_lock
from runtime.host.progress import Progress
from runtime.integrity.digests import sha256_file, sha256_json


class Source(StrEnum):
    """Archive sources; also the values of `--source`."""

    ARCHIVE = "archive"
    MIRROR = "mirror"
    OFFICIAL = "official"
    GO_MODULE = "go-module"


@dataclass(frozen=True)
class ArchiveRequest:
    """The requested archive. With all values None: from the first reachable source."""

    source: Source | None = None
    archive: Path | None = None
    archive_sha256: str | None = None
    mirror: str | None = None

    def fingerprint(self) -> str:
        """Digest of the request. A local archive counts by its content, not its path."""
        fields = asdict(self)
        if self.archive is not None:
            fields["archive"] = sha256_file(self.archive) if self.archive.is_file() else "missing"
        return sha256_json(fields)

    def accepts_pinned_archive(self) -> bool:
        """Whether an archive with the pinned SHA-256 from any source satisfies the request."""
        return self.archive is None and self.source not in (Source.ARCHIVE, Source.GO_MODULE)


@dataclass(frozen=True)
class ResolvedArchive:
    """An archive with a verified SHA-256 or module sum, and its expected Python version."""

    path: Path
    source: Source
    origin: str
    sha256: str
    python: str

    @property
    def shippable(self) -> bool:
        """Whether it may be shipped. False for the Go module, which is not the pinned release."""
        return self.source is not Source.GO_MODULE


@dataclass(frozen=True)
class ArchiveResolver:
    """Resolves one target's archive from four sources."""

    pin: Pin
    go_module: GoModulePin
    cache: Path
    progress: Progress
    fetch_go_module: Callable[[GoModulePin, str, Path, Progress], Path] = go_module_archive

    def resolve_archive(self, request: ArchiveRequest) -> ResolvedArchive:
        """Return the archive of the first reachable source. Raises InputMissingError, WrongDigestError, SourceRefusedError, ArchiveTruncatedError, SourceUnreachableError, ToolMissingError (no Go)."""
        if request.source is not None:
            return self._from(request.source, request)
        if request.archive is not None:
            return self._from(Source.ARCHIVE, request)
        order = [Source.OFFICIAL, Source.GO_MODULE]
        if request.mirror:
            order.insert(0, Source.MIRROR)
        for source, following in pairwise(order):
            try:
                return self._from(source, request)
            except SourceUnreachableError as error:
                if following is Source.GO_MODULE and (reason := self._go_module_problem()):
                    raise SourceUnreachableError(f"{error}\n{reason}") from error
                self.progress.warn(f"    {error}\n    Trying the next source: {following}.")
        return self._from(order[-1], request)

    def _from(self, source: Source, request: ArchiveRequest) -> ResolvedArchive:
        match source:
            case Source.ARCHIVE:
                if request.archive is None:
                    raise InputMissingError("--source archive requires --archive FILE or RUNTIME_ARCHIVE.")
                return self._local(request.archive, request.archive_sha256)
            case Source.MIRROR:
                if not request.mirror:
                    raise InputMissingError("--source mirror requires --mirror URL or RUNTIME_MIRROR.")
                base, name = request.mirror.rstrip("/"), quote(self.pin.file_name)
                return self._downloaded(source, [f"{base}/{self.pin.release}/{name}", f"{base}/{name}"])
            case Source.OFFICIAL:
                return self._downloaded(source, [self.pin.url])
            case Source.GO_MODULE:
                return self._from_go_module()

    def _local(self, archive: Path, expected: str | None) -> ResolvedArchive:
        if not archive.is_file():
            raise InputMissingError(f"The archive {archive} does not exist. Check --archive and RUNTIME_ARCHIVE.")
        actual = sha256_file(archive)
        if actual == (expected or self.pin.sha256):
            return ResolvedArchive(archive, Source.ARCHIVE, archive.name, actual, self.pin.python)
        raise WrongDigestError(
            f"{archive} has sha256 {actual}, not {expected or self.pin.sha256}"
            f" ({'--sha256' if expected else f'pinned for {self.pin.target}'}). It is truncated, modified or another "
            "version: download it again, or pass --sha256 to use exactly this file."
        )

    def _downloaded(self, source: Source, urls: list[str]) -> ResolvedArchive:
        cached = self.pin.cached_in(self.cache)
        origin = cached.with_name("origin.json")
        # Checkouts share the cache: a second process waits for the first.
        with staging_lock(cached.with_name("lock"), self.progress):
            if cached.is_file():
                if sha256_file(cached) == self.pin.sha256:
                    recorded = json.loads(origin.read_text(encoding="utf-8")) if origin.is_file() else {}
                    original_source = Source(recorded.get("source", source))
                    return ResolvedArchive(
                        cached, original_source, recorded.get("url", self.pin.url), self.pin.sha256, self.pin.python
                    )
                self.progress.warn(f"    The cached archive {cached} is damaged; downloading it again.")
                cached.unlink()
            url, resumed = self._first_found(urls, cached)
            actual = sha256_file(cached)
            if actual != self.pin.sha256 and resumed:
                self.progress.warn(
                    "    The partial download belongs to another file; downloading the complete file again."
                )
                cached.unlink()
                url, _ = self._first_found(urls, cached)
                actual = sha256_file(cached)
            if actual != self.pin.sha256:
                cached.unlink()
                raise WrongDigestError(
                    f"{url} has sha256 {actual}, but runtime/pins.json pins {self.pin.sha256}. The file was discarded. "
                    "Check the mirror and the network; if the release was rebuilt, run `make bump-pins`."
                )
            origin.write_text(json.dumps({"source": source, "url": url}), encoding="utf-8")
            return ResolvedArchive(cached, source, url, actual, self.pin.python)

    def _first_found(self, urls: list[str], final: Path) -> tuple[str, bool]:
        """Download from the first URL that exists. Returns that URL without credentials, and whether a partial download was resumed."""
        # Imported here, because importing an HTTP client takes longer than the up-to-date check.
        from runtime.fetch.download import download, without_credentials

        missing = []
        for url in urls:
            try:
                resumed = download(url, final, self.progress)
                return final.name if url.startswith("file:") else without_credentials(url), resumed
            except NotFoundError as error:
                missing.append(str(error))
        raise SourceRefusedError(f"{' '.join(missing)} Check runtime/pins.json and RUNTIME_MIRROR.")

    def _go_module_problem(self) -> str | None:
        """Why the Go module does not support this target; None if it does."""
        if self.pin.target not in TREES:
            return f"The Go module {self.go_module.module}, the last source, has no tree for {self.pin.target}."
        if minor_of(self.go_module.python) != self.pin.minor:
            return (
                f"The Go module {self.go_module.module}, the last source, contains CPython {self.go_module.python}, "
                f"not {self.pin.minor}."
            )
        return None

    def _from_go_module(self) -> ResolvedArchive:
        if reason := self._go_module_problem():
            raise UnsupportedTargetError(f"{reason} Set RUNTIME_ARCHIVE or RUNTIME_MIRROR.")
        archive = self.fetch_go_module(self.go_module, self.pin.target, self.cache, self.progress)
        origin, python = self.go_module.name, self.go_module.python
        return ResolvedArchive(archive, Source.GO_MODULE, origin, sha256_file(archive), python)
