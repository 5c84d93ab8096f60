"""The launch contract's number, paths and events: docs/launch-contract.md."""

import json
import logging
import os
from typing import IO, Any

logger = logging.getLogger(__name__)

CONTRACT = 1
"""Changes when a launcher of an older version could not start this backend, or talk to it."""

HEALTH_PATH = "/utils/health-check/"
"""Below API_PATH. Answers `true` while the backend serves, also without the launch token."""
READY_PATH = "/utils/ready/"
"""Below API_PATH. Answers which process and which code serves: pid, code_digest and schema_revision."""


def reserve_stdout() -> IO[str]:
    """The real stdout, for events only; everything else that is printed goes to stderr from now on."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def emit_event(events: IO[str], **event: Any) -> None:
    """Write one event as a JSON line. A launcher that has exited is not an error."""
    try:
        print(json.dumps(event), file=events, flush=True)
    except OSError:
        logger.warning("The launcher no longer reads events")
