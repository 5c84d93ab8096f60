"""Many logins at once: no more passwords are verified than one after the other, and only so many at a time."""

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

pytestmark = pytest.mark.usefixtures("auth_on")


class Hashing:
    """What the hasher was asked to do, and how many at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.total = 0
        self.pairs = threading.Barrier(password_hash.MAX_CONCURRENT_HASHES)

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)
        try:
            self.pairs.wait(0.2)  # as many as may be at work at once are
        except threading.BrokenBarrierError:
            self.pairs.reset()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.now -= 1


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    counted = Hashing()
    _ = settings.SECRET_KEY, password_hash.dummy_hash()  # each is made once a process, a server's key at its start
    for name in ("verify", "hash"):
        real = getattr(password_hash._hasher().current_hasher, name)

        def watched(*given: object, real: object = real, **named: object) -> object:
            with counted:
                return real(*given, **named)  # type: ignore[operator]

        monkeypatch.setattr(password_hash._hasher().current_hasher, name, watched)
    return counted


def at_once(count: int, path: str, **request: object) -> Counter[int]:
    """Statuses of so many equal requests, all sent before the first is answered."""

    async def send() -> Counter[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://testserver{API}/") as client:
            answers = await asyncio.gather(*(client.post(path, **request) for _ in range(count)))  # type: ignore[arg-type]
        assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)
        return Counter(answer.status_code for answer in answers)

    return asyncio.run(send())


def test_a_burst_of_wrong_passwords_is_verified_no_more_often_than_one_after_the_other(
    session: Session, hashing: Hashing
) -> None:
    user = make_user(session)
    hashing.total = 0
    form = {"username": user.email, "password": OTHER_PASSWORD}
    statuses = at_once(60, "login/access-token", data=form)
    assert statuses == {400: ALLOWED_FOR_PAIR, 429: 60 - ALLOWED_FOR_PAIR}
    assert hashing.total == ALLOWED_FOR_PAIR
    assert hashing.most <= password_hash.MAX_CONCURRENT_HASHES


def test_a_burst_of_right_passwords_waits_its_turn(session: Session, hashing: Hashing) -> None:
    user = make_user(session)
    form = {"username": user.email, "password": PASSWORD}
    assert at_once(20, "login/access-token", data=form) == {200: 20}
    assert hashing.most == password_hash.MAX_CONCURRENT_HASHES


def test_more_than_can_wait_are_refused_at_once(
    session: Session, hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)
    monkeypatch.setattr(login_throttle._hashes, "_max_waiting", 3)
    form = {"username": user.email, "password": PASSWORD}
    statuses = at_once(30, "login/access-token", data=form)
    assert set(statuses) == {200, 429}
    assert statuses[200] >= 3 + password_hash.MAX_CONCURRENT_HASHES


def test_a_client_that_does_not_read_its_response_keeps_nobody_from_logging_in(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)
    monkeypatch.setattr(login_throttle._hashes, "_wait_s", 1.0)
    form = {"username": user.email, "password": PASSWORD}
    answered = 0

    async def stall(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_to_nobody(_: Message) -> None:
            nonlocal answered
            answered += 1
            await asyncio.Event().wait()

        await app(scope, receive, send_to_nobody)

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


def test_signing_up_hashes_only_so_many_at_a_time(session: Session, hashing: Hashing) -> None:
    body = {"email": "new@example.com", "password": PASSWORD, "full_name": "New"}
    assert at_once(10, "users/signup", json=body) == {200: 1, 400: 9}
    assert hashing.most == password_hash.MAX_CONCURRENT_HASHES


def test_recovery_codes_in_a_burst_are_tried_no_more_often_than_one_after_the_other(session: Session) -> None:
    user = make_user(session)
    statuses = at_once(40, "login/recover-password", json={"email": user.email, "code": "wrong"})
    assert statuses == {400: ALLOWED_FOR_PAIR, 429: 40 - ALLOWED_FOR_PAIR}


def test_an_attempt_that_could_not_be_verified_is_not_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)

    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.crud.authenticate", fail)
    statuses = at_once(2 * ALLOWED_FOR_PAIR, "login/access-token", data={"username": user.email, "password": PASSWORD})
    assert statuses == {500: 2 * ALLOWED_FOR_PAIR}
    assert throttle.wait_s(account=user.email, address="127.0.0.1") == 0
