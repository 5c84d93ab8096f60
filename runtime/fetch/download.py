"""Downloads one URL to one file, atomically, with a specific error for each failure.

An interrupted download leaves `<name>.part` next to the file; the next download resumes it.
"""

import base64
import http.client
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit, urlunsplit

from runtime.errors import ArchiveTruncatedError, NotFoundError, SourceRefusedError, SourceUnreachableError
from runtime.host.progress import Progress

TIMEOUT_SECONDS = 10.0
"""Timeout in seconds for connecting and for each read."""

_CHUNK_BYTES = 1 << 18
_USER_AGENT = "runtime-staging"


def without_credentials(url: str) -> str:
    """The URL without user name and password, for logs and stamps."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def download(url: str, final: Path, progress: Progress, timeout_seconds: float = TIMEOUT_SECONDS) -> bool:
    """Download http(s):// or file:// into `final`. Returns whether a partial download was resumed.

    The caller locks the folder and verifies the SHA-256, because a partial file may belong to an older file of that name.
    Raises SourceUnreachableError, NotFoundError, SourceRefusedError, ArchiveTruncatedError.
    """
    shown = without_credentials(url)
    if urlsplit(url).scheme not in ("http", "https", "file"):
        raise SourceRefusedError(f"{shown} is not an http://, https:// or file:// URL. Check RUNTIME_MIRROR.")
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.with_name(f"{final.name}.part")
    done_bytes = partial.stat().st_size if partial.is_file() else 0
    try:
        with partial.open("ab") as stream:
            if urlsplit(url).scheme == "file":
                stream.truncate(0)
                _copy_file(url, stream)
                resumed = False
            else:
                resumed = _fetch(url, shown, stream, done_bytes, final.name, progress, timeout_seconds)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        if partial.is_file() and not partial.stat().st_size:
            partial.unlink()
        raise
    os.replace(partial, final)
    return resumed


def is_reachable(url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> bool:
    """Whether a server responds to an http(s) URL, with any status."""
    request = _request(url, {}, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=timeout_seconds).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def _request(url: str, headers: dict[str, str], method: str = "GET") -> urllib.request.Request:
    """A request that sends the URL's credentials in a header, because urllib takes them as part of the host name."""
    parts = urlsplit(url)
    request = urllib.request.Request(  # noqa: S310 (the caller checks the scheme)
        without_credentials(url), headers={"User-Agent": _USER_AGENT} | headers, method=method
    )
    if "@" in parts.netloc:
        credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        # Not sent to the host of a redirect.
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(credentials.encode()).decode()}")
    return request


def _copy_file(url: str, stream: BinaryIO) -> None:
    source = Path(urllib.request.url2pathname(urlsplit(url).path))
    if not source.is_file():
        raise NotFoundError(f"{url} does not exist.")
    with source.open("rb") as origin:
        shutil.copyfileobj(origin, stream, _CHUNK_BYTES)


def _fetch(
    url: str, shown: str, stream: BinaryIO, done_bytes: int, name: str, progress: Progress, timeout_seconds: float
) -> bool:
    request = _request(url, {"Range": f"bytes={done_bytes}-"} if done_bytes else {})
    try:
        response = urllib.request.urlopen(request, timeout=timeout_seconds)  # noqa: S310 (download() checked the scheme)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and done_bytes:
            # 416: the partial file is at least as long as the file. Start over.
            stream.truncate(0)
            return _fetch(url, shown, stream, 0, name, progress, timeout_seconds)
        kind = NotFoundError if error.code == 404 else SourceRefusedError
        raise kind(f"{shown} responded with HTTP {error.code} {error.reason}.") from error
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
        resumed = bool(response.status == 206)
        if resumed and _starts_at(response.headers.get("Content-Range", "")) != done_bytes:
            stream.truncate(0)
            return _fetch(url, shown, stream, 0, name, progress, timeout_seconds)
        if not resumed:
            stream.truncate(0)
            done_bytes = 0
        length = response.headers.get("Content-Length")
        total = done_bytes + int(length) if length and length.isdigit() else None
        with progress.transfer(name, total) as transfer:
            transfer.add(done_bytes)
            try:
                while chunk := response.read(_CHUNK_BYTES):
                    stream.write(chunk)
                    transfer.add(len(chunk))
            except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
                raise _truncated(shown, transfer.done_bytes, total) from error
            if total is not None and transfer.done_bytes != total:
                raise _truncated(shown, transfer.done_bytes, total)
    return resumed


def _starts_at(content_range: str) -> int | None:
    """The start offset of a header such as `Content-Range: bytes 100-199/200`."""
    match = re.match(r"bytes (\d+)-", content_range)
    return int(match[1]) if match else None


def _truncated(shown: str, done_bytes: int, total_bytes: int | None) -> ArchiveTruncatedError:
    return ArchiveTruncatedError(
        f"{shown} was interrupted after {done_bytes} of {total_bytes or 'unknown'} bytes. Run the command again to resume the download."
    )
