"""Patches under load, pushed by two commands in parallel: every edit is served, and no request fails or is done twice."""

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
from scripts.tests.hot_patch.patching import edit, outcome, serving

PATCHES = int(os.environ.get("HOT_PATCHES", "12"))
"""`make test-hot-patch` asks for 200."""
CLIENTS = 6
PROBE = """

@router.get("/probe/", include_in_schema=False)
def probe() -> int:
    return {}
"""


class Load:
    """Clients that add items for as long as `applied` lasts, half of them with a new connection for each request."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self.headers = headers
        self.over = threading.Event()
        self.sent: list[str] = []
        self.faults: list[str] = []

    @contextmanager
    def applied(self) -> Iterator[None]:
        clients = [threading.Thread(target=self._write, args=(number,)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self.over.set()
            for client in clients:
                client.join()

    def _write(self, client: int) -> None:
        limits = httpx.Limits(max_keepalive_connections=client % 2)
        with httpx.Client(headers=self.headers, limits=limits, timeout=60, trust_env=False) as http:
            while not self.over.is_set():
                self.sent.append(title := f"{client}.{os.urandom(6).hex()}")
                try:
                    if (status := http.post(f"{self.url}/items/", json={"title": title}).status_code) != 200:
                        self.faults.append(f"{title}: {status}")
                except httpx.HTTPError as error:
                    self.faults.append(f"{title}: {error!r}")
                self.over.wait(0.005)

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
    said: queue.Queue[str] = request.getfixturevalue("said")  # as make dev
    assert "runs already" in outcome(said)
    by_hand = Patcher(patcher.app, patcher.folder)  # as make hot-patch in another terminal
    routes = patcher.package / "api" / "routes" / "utils.py"
    original = routes.read_text()
    began = time.monotonic()
    limits = httpx.Limits(keepalive_expiry=3)  # less than the server's, which closes idle connections after 5 s
    with httpx.Client(headers=headers, limits=limits, timeout=60, trust_env=False) as http, load.applied():
        for number in range(PATCHES):
            routes.write_text(original + PROBE.format(number))
            http.get(
                f"{load.url}/utils/ready/"
            ).raise_for_status()  # leaves a connection to the process that is replaced
            digest = by_hand.push().digest
            assert http.get(f"{load.url}/utils/probe/").json() == number, "the replaced process answered"
            while digest[:12] not in outcome(said):  # the watch has pushed it as well
                pass
    assert load.faults == []
    assert len(load.sent) > PATCHES
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        assert sorted(load.stored(http)) == sorted(load.sent)
    assert said.empty(), said.queue
    assert patcher.store.pointer()["quarantined"] == {}
    journal = (patcher.app.hot / "journal.jsonl").read_text()
    assert journal.count('"pending"') == PATCHES, "the same generation was tried twice"
    assert backend_address(window) == address
    took = time.monotonic() - began
    print(f"{PATCHES} patches in {took:.0f} s, {len(load.sent)} requests, none failed, none doubled")


def test_older_source_never_replaces_newer_source(open_app: OpenWindow, patcher: Patcher) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    edit(patcher, "models/item.py", "\n# older\n")
    older = patcher.source.read()
    edit(patcher, "models/item.py", "# newer\n")
    newer = patcher.push().digest
    with pytest.raises(OutdatedError):
        patcher.push(older)
    assert serving(patcher) == newer
    assert patcher.roll_back().digest == patcher.app.about().base_digest
    with pytest.raises(OutdatedError):
        patcher.push(older)
    edit(patcher, "models/item.py", "# newest\n")
    assert patcher.push().changed
