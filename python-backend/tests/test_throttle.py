import pytest

from app.core import throttle as module
from app.core.throttle import FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS, FREE_FOR_PAIR, MAX_WAIT_S, Throttle


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


def test_the_wait_grows_from_a_second_to_its_bound_and_never_locks(throttle: Throttle, clock: Clock) -> None:
    assert fail(throttle, FREE_FOR_PAIR - 1) == 0
    assert [fail(throttle, 1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert fail(throttle, 1_000) == MAX_WAIT_S
    clock.now += MAX_WAIT_S
    assert throttle.wait_s(account="me", address="here") == 0


def test_a_success_or_a_quarter_of_an_hour_forgets_the_failures(throttle: Throttle, clock: Clock) -> None:
    assert fail(throttle, FREE_FOR_PAIR) > 0
    throttle.succeeded(account="me", address="here")
    assert fail(throttle, FREE_FOR_PAIR - 1) == 0
    clock.now += 15 * 60
    assert fail(throttle, 1) == 0


def test_attempts_under_way_count_until_they_succeed(throttle: Throttle) -> None:
    me = {"account": "me", "address": "here"}
    assert [throttle.reserve(**me) for _ in range(FREE_FOR_PAIR)] == [0] * FREE_FOR_PAIR
    assert throttle.reserve(**me) == 1
    throttle.release(**me)
    assert throttle.reserve(**me) == 0
    throttle.succeeded(**me)
    assert throttle.reserve(**me) == 0


def test_one_address_trying_many_accounts_is_slowed(throttle: Throttle) -> None:
    for number in range(FREE_FOR_ADDRESS):
        throttle.failed(account=f"account {number}", address="here")
    assert throttle.wait_s(account="one more", address="here") > 0
    assert throttle.wait_s(account="one more", address="elsewhere") == 0


def test_many_addresses_trying_one_account_are_slowed_and_its_owner_is_not(throttle: Throttle) -> None:
    throttle.succeeded(account="me", address="home")
    for number in range(FREE_FOR_ACCOUNT):
        throttle.failed(account="me", address=f"machine {number}")
    assert throttle.wait_s(account="me", address="one more") > 0
    assert throttle.wait_s(account="me", address="home") == 0


def test_only_so_much_is_remembered(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEYS", 10)
    for number in range(100):
        throttle.failed(account=f"account {number}", address="here")
        throttle.succeeded(account=f"account {number}", address="there")
    assert len(throttle._failures) <= 10
    assert len(throttle._trusted) == 10
