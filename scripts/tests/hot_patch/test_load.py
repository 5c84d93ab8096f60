"""Patches under load, pushed by two commands in parallel: every edit is served, and no request fails or is executed twice."""

import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from harness.items_page import ITEMS_LINK
from harness.window import OpenWindow, backend_address
from scripts.hot_patch.errors import OutdatedError
from scripts.hot_patch.patch import Patcher
from scripts.tests.hot_patch.patching import edit, push_message, running_digest

PATCHES = int(os.environ.get("HOT_PATCHES", "12"))
"""`make test-hot-patch` sets 200."""
CLIENTS = 6
PROBE = """

@router.get("/probe/", include_in_schema=False)
def probe() -> int:
    return {}
"""


class Load:
    """Clients that add items during `applied`. Half of them open a new connection for each request."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self.headers = headers
        self.stop_event = threading.Event()
        self.sent: list[str] = []
        self.errors: list[str] = []

    @contextmanager
    def applied(self) -> Iterator[None]:
        clients = [threading.Thread(target=self._write, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self.stop_event.set()
            for client in clients:
                client.join()

    def _write(self, client: int) -> None:
        limits = httpx.Limits(max_keepalive_connections=client % 2)
        with httpx.Client(headers=self.headers, limits=limits, timeout=60, trust_env=False) as http:
            while not self.stop_event.is_set():
                self.sent.append(title := f"{client}.{os.urandom(6).hex()}")
                try:
                    if (status := http.post(f"{self.url}/items/", json={"title": title}).status_code) != 200:
                        self.errors.append(f"{title}: {status}")
                except httpx.HTTPError as error:
                    self.errors.append(f"{title}: {error!r}")
                self.stop_event.wait(0.005)

    def stored(self, http: httpx.Client) -> list[str]:
        titles: list[str] = []
        while page := http.get(f"{self.url}/items/", params={"skip": len(titles), "limit": 1000}).json()["data"]:
            titles += [item["title"] for item in page]
        return titles


def test_two_concurrent_pushes_under_load_serve_every_edit_without_failed_requests(
    open_app: OpenWindow, patcher: Patcher, request: pytest.FixtureRequest
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    address = backend_address(window)
    headers = {"X-Launch-Token": address["launch_token"]}
    load = Load(f"{address['base_url']}/api/v1", headers)
    messages: queue.Queue[str] = request.getfixturevalue("messages")  # as make dev
    assert "is already running" in push_message(messages)
    second_patcher = Patcher(patcher.app, patcher.folder)  # as make hot-patch in another terminal
    routes = patcher.package / "api" / "routes" / "utils.py"
    original = routes.read_text()
    began = time.monotonic()
    limits = httpx.Limits(keepalive_expiry=3)  # less than the server's, which closes idle connections after 5 s
    with httpx.Client(headers=headers, limits=limits, timeout=60, trust_env=False) as http, load.applied():
        for number in range(PATCHES):
            routes.write_text(original + PROBE.format(number))
            http.get(
                f"{load.url}/utils/ready/"
            ).raise_for_status()  # keeps a connection to the process that will be replaced
            digest = second_patcher.push().digest
            assert http.get(f"{load.url}/utils/probe/").json() == number, "the replaced process answered"
            while digest[:12] not in push_message(messages):  # the watch pushes it as well
                pass
    assert load.errors == []
    assert len(load.sent) > PATCHES
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        assert sorted(load.stored(http)) == sorted(load.sent)
    assert messages.empty(), messages.queue
    assert patcher.store.state()["quarantined"] == {}
    journal = (patcher.app.hot_dir / "journal.jsonl").read_text()
    assert journal.count('"pending"') == PATCHES, "the same generation was tried twice"
    assert backend_address(window) == address
    duration_s = time.monotonic() - began
    print(f"{PATCHES} patches in {duration_s:.0f} s, {len(load.sent)} requests, none failed, none executed twice")


def test_older_source_never_replaces_newer_source(open_app: OpenWindow, patcher: Patcher) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    edit(patcher, "models/item.py", "\n# older\n")
    older = patcher.source.read()
    edit(patcher, "models/item.py", "# newer\n")
    newer = patcher.push().digest
    with pytest.raises(OutdatedError):
        patcher.push(older)
    assert running_digest(patcher) == newer
    assert patcher.roll_back().digest == patcher.app.info().base_digest
    with pytest.raises(OutdatedError):
        patcher.push(older)
    edit(patcher, "models/item.py", "# newest\n")
    assert patcher.push().changed
