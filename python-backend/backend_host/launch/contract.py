"""The launch contract's version, paths and events: docs/launch-contract.md."""

import json
import logging
import os
from typing import IO, Any

logger = logging.getLogger(__name__)

CONTRACT = 1
"""Version of the contract. Increases with a change that an older launcher can't handle."""

HEALTH_PATH = "/utils/health-check/"
"""Health check below API_PATH. Returns `true`. Needs no launch token."""
READY_PATH = "/utils/ready/"
"""Readiness check below API_PATH. Returns pid, code_digest and schema_revision of the serving process."""


def reserve_stdout() -> IO[str]:
    """Return the process's stdout as a stream for events, and redirect descriptor 1 to stderr for all other output."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def emit_event(events: IO[str], **event: Any) -> None:
    """Write one event as a JSON line. If the launcher has closed the pipe, log a warning."""
    try:
        print(json.dumps(event), file=events, flush=True)
    except OSError:
        logger.warning("The launcher no longer reads events")
