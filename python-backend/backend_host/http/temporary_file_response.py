"""A response from a temporary file: the database is read as fast as it can be, whatever the client's pace."""

import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backend_host.http.body_limit import MAX_BODY_BYTES

CHUNK_BYTES = 256 * 1024


def temporary_file(purpose: str, data_dir: Path) -> BinaryIO:
    """In memory while it is small, else on the data dir's disk; gone when it is closed, or its process ends.

    It has no name, except on Windows, where a name for the sweep at start tells it from data if the power fails.
    """
    spooled = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (its user closes it)
        MAX_BODY_BYTES, dir=str(data_dir), prefix=f"{purpose}-", suffix=".partial"
    )
    return cast(BinaryIO, spooled)


class TemporaryFileResponse(Response):
    """Sends a file from its beginning and closes it, also when the client has gone. A client that stopped reading is disconnected (backend_host/serving/connections.py)."""

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
