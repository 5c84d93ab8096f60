import pytest

from backend_host.security import throttle as module
from backend_host.security.throttle import (
    ALLOWED_FOR_ACCOUNT,
    ALLOWED_FOR_ADDRESS,
    ALLOWED_FOR_PAIR,
    MAX_WAIT_S,
    Throttle,
)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, account: str = "me", address: str = "here") -> int:
    for _ in range(times):
        throttle.failed(account=account, address=address)
    return throttle.wait_s(account=account, address=address)


def test_wait_doubles_up_to_its_maximum_without_lockout(throttle: Throttle, clock: Clock) -> None:
    assert fail(throttle, ALLOWED_FOR_PAIR - 1) == 0
    assert [fail(throttle, 1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert fail(throttle, 1_000) == MAX_WAIT_S
    clock.now += MAX_WAIT_S
    assert throttle.wait_s(account="me", address="here") == 0


def test_failures_are_cleared_by_a_success_and_expire(throttle: Throttle, clock: Clock) -> None:
    assert fail(throttle, ALLOWED_FOR_PAIR) > 0
    throttle.succeeded(account="me", address="here")
    assert fail(throttle, ALLOWED_FOR_PAIR - 1) == 0
    clock.now += 15 * 60
    assert fail(throttle, 1) == 0


def test_reserved_attempts_count_until_they_succeed(throttle: Throttle) -> None:
    me = {"account": "me", "address": "here"}
    assert [throttle.reserve(**me) for _ in range(ALLOWED_FOR_PAIR)] == [0] * ALLOWED_FOR_PAIR
    assert throttle.reserve(**me) == 1
    throttle.release(**me)
    assert throttle.reserve(**me) == 0
    throttle.succeeded(**me)
    assert throttle.reserve(**me) == 0


def test_address_is_throttled_across_accounts(throttle: Throttle) -> None:
    for number in range(ALLOWED_FOR_ADDRESS):
        throttle.failed(account=f"account {number}", address="here")
    assert throttle.wait_s(account="one more", address="here") > 0
    assert throttle.wait_s(account="one more", address="elsewhere") == 0


def test_account_is_throttled_across_addresses_except_trusted_one(throttle: Throttle) -> None:
    throttle.succeeded(account="me", address="home")
    for number in range(ALLOWED_FOR_ACCOUNT):
        throttle.failed(account="me", address=f"machine {number}")
    assert throttle.wait_s(account="me", address="one more") > 0
    assert throttle.wait_s(account="me", address="home") == 0


def test_memory_is_bounded(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEYS", 10)
    for number in range(100):
        throttle.failed(account=f"account {number}", address="here")
        throttle.succeeded(account=f"account {number}", address="there")
    assert len(throttle._failures) <= 10
    assert len(throttle._trusted) == 10
