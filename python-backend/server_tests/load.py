"""Clients that create items concurrently and record the responses."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.backend_process import Backend


class Writers:
    """Threads that create items until they are stopped. Each has a connection."""

    def __init__(self, backend: Backend, headers: dict[str, str], threads: int = 4, url: str = "") -> None:
        self.url = f"{url or backend.url}/api/v1/"
        self.headers = headers
        self.acknowledged: list[str] = []
        """Ids of items whose request returned 200."""
        self.failed: Counter[tuple[int, str]] = Counter()
        """Status code and error code of each other response."""
        self.interrupted: list[str] = []
        """Errors of requests whose connection was closed without a response."""
        self._responded = threading.Condition()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(threads)]

    @contextmanager
    def running(self) -> Iterator[Writers]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(60)

    def wait_for(self, count: int) -> None:
        """Wait for `count` more acknowledged writes."""
        with self._responded:
            target = len(self.acknowledged) + count
            assert self._responded.wait_for(lambda: len(self.acknowledged) >= target, 60), (
                self.failed,
                self.interrupted,
            )

    def _write(self, number: int) -> None:
        client, turn = self._client(), 0
        while not self._stop.is_set():
            turn += 1
            try:
                response = client.post("items/", json={"title": f"writer {number} turn {turn}"})
            except httpx.TransportError as error:
                client.close()
                client = self._client()
                self.interrupted.append(f"{type(error).__name__}: {error}")
                self._stop.wait(0.05)  # retry after a refused connection
                continue
            with self._responded:
                if response.status_code == 200:
                    self.acknowledged.append(response.json()["id"])
                else:
                    self.failed[response.status_code, response.json().get("code", "")] += 1
                self._responded.notify_all()
            if response.status_code == 503:
                self._stop.wait(0.05)
        client.close()

    def _client(self) -> httpx.Client:
        # The proxy's certificate is self-signed.
        return httpx.Client(base_url=self.url, headers=self.headers, trust_env=False, timeout=60, verify=False)  # noqa: S501


def log_in(backend: Backend, email: str, password: str, host: str = "localhost") -> dict[str, str]:
    """Log in, and return headers with the access token."""
    with httpx.Client(base_url=f"{backend.url}/api/v1/", trust_env=False, timeout=60) as client:
        form = {"username": email, "password": password}
        response = client.post("login/access-token", data=form, headers={"Host": host})
        assert response.status_code == 200, response.text
        return {"Authorization": f"Bearer {response.json()['access_token']}"}


def stored_item_ids(backend: Backend, headers: dict[str, str]) -> set[str]:
    """Return the ids of the user's items."""
    with httpx.Client(base_url=f"{backend.url}/api/v1/", headers=headers, trust_env=False, timeout=60) as client:
        return {item["id"] for item in client.get("items/export").raise_for_status().json()}
