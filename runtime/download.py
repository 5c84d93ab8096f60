"""Fetches one URL to one file: never half a file under its final name, and every failure told apart."""

import http.client
import os
import shutil
import ssl
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

from runtime.errors import ArchiveTruncatedError, NotFoundError, SourceRefusedError, SourceUnreachableError
from runtime.progress import Progress

TIMEOUT_SECONDS = 10.0
"""For connecting, and for each silence while bytes arrive."""

_CHUNK_BYTES = 1 << 18


def without_credentials(url: str) -> str:
    """The URL fit for a log or a stamp: no user name or password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def download(url: str, final: Path, progress: Progress, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Fetch http(s):// or file:// into `final`, by way of a temporary name beside it.

    Raises SourceUnreachableError, NotFoundError, SourceRefusedError, ArchiveTruncatedError.
    """
    shown = without_credentials(url)
    if urlsplit(url).scheme not in ("http", "https", "file"):
        raise SourceRefusedError(f"{shown} is not an http://, https:// or file:// address. Check RUNTIME_MIRROR.")
    final.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".partial-", dir=final.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if urlsplit(url).scheme == "file":
                _copy_file(url, stream)
            else:
                _fetch(url, shown, stream, final.name, progress, timeout_seconds)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, final)
    finally:
        Path(partial).unlink(missing_ok=True)


def _copy_file(url: str, stream: BinaryIO) -> None:
    source = Path(urllib.request.url2pathname(urlsplit(url).path))
    if not source.is_file():
        raise NotFoundError(f"{url} names no file.")
    with source.open("rb") as origin:
        shutil.copyfileobj(origin, stream, _CHUNK_BYTES)


def _fetch(url: str, shown: str, stream: BinaryIO, name: str, progress: Progress, timeout_seconds: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "runtime-staging"})  # noqa: S310 (download() checked the scheme)
    try:
        response = urllib.request.urlopen(request, timeout=timeout_seconds)  # noqa: S310 (as above)
    except urllib.error.HTTPError as error:
        kind = NotFoundError if error.code == 404 else SourceRefusedError
        raise kind(f"{shown} answered HTTP {error.code} {error.reason}.") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise SourceRefusedError(
                f"{shown}: the server's certificate is not trusted ({reason.verify_message}). Behind an inspecting proxy, "
                "set SSL_CERT_FILE to a bundle with its certificate."
            ) from error
        raise SourceUnreachableError(
            f"{shown} can't be reached: {reason}. Check the network, or set RUNTIME_ARCHIVE or RUNTIME_MIRROR."
        ) from error
    with response:
        length = response.headers.get("Content-Length")
        total = int(length) if length and length.isdigit() else None
        with progress.transfer(name, total) as transfer:
            try:
                while chunk := response.read(_CHUNK_BYTES):
                    stream.write(chunk)
                    transfer.add(len(chunk))
            except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
                raise _truncated(shown, transfer.done_bytes, total) from error
            if total is not None and transfer.done_bytes != total:
                raise _truncated(shown, transfer.done_bytes, total)


def _truncated(shown: str, done_bytes: int, total_bytes: int | None) -> ArchiveTruncatedError:
    return ArchiveTruncatedError(
        f"{shown} broke off after {done_bytes} of {total_bytes or 'unknown'} bytes. Run it again."
    )
