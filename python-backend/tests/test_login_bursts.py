"""Concurrent logins: throttled like sequential ones, with a limited number of concurrent hashes."""

import asyncio
import threading
from collections import Counter

import httpx
import pytest
from sqlmodel import Session
from starlette.types import Message, Receive, Scope, Send

from app.api import login_throttle
from app.api.login_throttle import throttle
from app.core.config import settings
from app.main import app
from backend_host.security import password_hash
from backend_host.security.throttle import ALLOWED_FOR_PAIR
from tests.accounts import API, OTHER_PASSWORD, PASSWORD, make_user

pytestmark = pytest.mark.usefixtures("auth_on", "frozen_throttle_clock")


class Hashing:
    """Counts all hashes, and the maximum number of concurrent hashes."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.maximum = self.total = 0
        self.pairs = threading.Barrier(password_hash.MAX_CONCURRENT_HASHES)

    def __enter__(self) -> None:
        with self.lock:
            self.running += 1
            self.total += 1
            self.maximum = max(self.maximum, self.running)
        try:
            self.pairs.wait(0.2)  # until the maximum of concurrent hashes is reached
        except threading.BrokenBarrierError:
            self.pairs.reset()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.running -= 1


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    counted = Hashing()
    _ = settings.SECRET_KEY, password_hash.dummy_hash()  # created once per process
    for name in ("verify", "hash"):
        real = getattr(password_hash._hasher().current_hasher, name)

        def counted_call(*arguments: object, real: object = real, **named: object) -> object:
            with counted:
                return real(*arguments, **named)  # type: ignore[operator]

        monkeypatch.setattr(password_hash._hasher().current_hasher, name, counted_call)
    return counted


def post_concurrently(count: int, path: str, **request: object) -> Counter[int]:
    """Count the status codes of `count` concurrent POST requests."""

    async def send() -> Counter[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://testserver{API}/") as client:
            responses = await asyncio.gather(*(client.post(path, **request) for _ in range(count)))  # type: ignore[arg-type]
        assert all("Retry-After" in response.headers for response in responses if response.status_code == 429)
        return Counter(response.status_code for response in responses)

    return asyncio.run(send())


def test_concurrent_wrong_passwords_are_throttled_like_sequential_ones(session: Session, hashing: Hashing) -> None:
    user = make_user(session)
    hashing.total = 0
    form = {"username": user.email, "password": OTHER_PASSWORD}
    statuses = post_concurrently(60, "login/access-token", data=form)
    assert statuses == {400: ALLOWED_FOR_PAIR, 429: 60 - ALLOWED_FOR_PAIR}
    assert hashing.total == ALLOWED_FOR_PAIR
    assert hashing.maximum <= password_hash.MAX_CONCURRENT_HASHES


def test_concurrent_correct_logins_wait_for_hash_slots(session: Session, hashing: Hashing) -> None:
    user = make_user(session)
    form = {"username": user.email, "password": PASSWORD}
    assert post_concurrently(20, "login/access-token", data=form) == {200: 20}
    assert hashing.maximum == password_hash.MAX_CONCURRENT_HASHES


def test_logins_beyond_waiting_limit_are_rejected(
    session: Session, hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)
    monkeypatch.setattr(login_throttle._hash_limiter, "_max_waiting", 3)
    form = {"username": user.email, "password": PASSWORD}
    statuses = post_concurrently(30, "login/access-token", data=form)
    assert set(statuses) == {200, 429}
    assert statuses[200] >= 3 + password_hash.MAX_CONCURRENT_HASHES


def test_client_that_does_not_read_the_response_holds_no_hash_slot(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)
    monkeypatch.setattr(login_throttle._hash_limiter, "_wait_s", 1.0)
    form = {"username": user.email, "password": PASSWORD}
    answered = 0

    async def stall(scope: Scope, receive: Receive, send: Send) -> None:
        async def never_send(_: Message) -> None:
            nonlocal answered
            answered += 1
            await asyncio.Event().wait()

        await app(scope, receive, never_send)

    async def test() -> int:
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(stall), base_url=f"http://testserver{API}/") as stalled,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://testserver{API}/") as client,
        ):
            posts = [
                asyncio.create_task(stalled.post("login/access-token", data=form))
                for _ in range(password_hash.MAX_CONCURRENT_HASHES)
            ]
            while answered < len(posts):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            status = (await client.post("login/access-token", data=form)).status_code
            for post in posts:
                post.cancel()
            await asyncio.gather(*posts, return_exceptions=True)
            return status

    assert asyncio.run(test()) == 200


def test_concurrent_signups_wait_for_hash_slots(session: Session, hashing: Hashing) -> None:
    body = {"email": "new@example.com", "password": PASSWORD, "full_name": "New"}
    assert post_concurrently(10, "users/signup", json=body) == {200: 1, 400: 9}
    assert hashing.maximum == password_hash.MAX_CONCURRENT_HASHES


def test_concurrent_recovery_codes_are_throttled_like_sequential_ones(session: Session) -> None:
    user = make_user(session)
    statuses = post_concurrently(40, "login/recover-password", json={"email": user.email, "code": "wrong"})
    assert statuses == {400: ALLOWED_FOR_PAIR, 429: 40 - ALLOWED_FOR_PAIR}


def test_attempt_that_raises_is_not_counted(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user(session)

    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.crud.authenticate", fail)
    statuses = post_concurrently(
        2 * ALLOWED_FOR_PAIR, "login/access-token", data={"username": user.email, "password": PASSWORD}
    )
    assert statuses == {500: 2 * ALLOWED_FOR_PAIR}
    assert throttle.wait_s(account=user.email, address="127.0.0.1") == 0
