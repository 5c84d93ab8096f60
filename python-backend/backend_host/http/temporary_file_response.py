"""A response from a temporary file, so that reading the database does not wait for a slow client."""

import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backend_host.http.body_limit import MAX_BODY_BYTES

CHUNK_BYTES = 256 * 1024


def temporary_file(purpose: str, data_dir: Path) -> BinaryIO:
    """Return a SpooledTemporaryFile on the data dir's disk, which is deleted when it is closed or the process exits.

    On Windows it has a name that `temporary_files.delete_stale` deletes at the next start after a power failure.
    """
    spooled = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (the caller closes it)
        MAX_BODY_BYTES, dir=str(data_dir), prefix=f"{purpose}-", suffix=".partial"
    )
    return cast(BinaryIO, spooled)


class TemporaryFileResponse(Response):
    """Sends `file` from its beginning and closes it, even if the client disconnects.

    A client that stops reading is disconnected after `connections.WRITE_IDLE_TIMEOUT_S`.
    """

    def __init__(self, file: BinaryIO, status_code: int = 200, *, media_type: str, headers: dict[str, str]) -> None:
        size = file.seek(0, 2)
        super().__init__(None, status_code, {**headers, "Content-Length": str(size)}, media_type)
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.file.seek(0)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            more = True
            while more:
                chunk = await run_in_threadpool(self.file.read, CHUNK_BYTES)
                more = bool(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": more})
        finally:
            self.file.close()
