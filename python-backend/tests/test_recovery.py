from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, select

from app import crud
from app.core import db, security
from app.models import RecoveryCode, User, UserUpdate
from tests.accounts import API, OTHER_PASSWORD, PASSWORD, auth_headers, make_user, status_and_detail

CODES = f"{API}/users/me/recovery-codes"
WRONG = (400, "Incorrect email or recovery code")


@pytest.fixture
def guest(session: Session, auth_on: None) -> User:
    return make_user(session)


@pytest.fixture
def codes(client: TestClient, guest: User) -> list[str]:
    codes: list[str] = client.post(CODES, headers=auth_headers(guest), json={"password": PASSWORD}).json()["codes"]
    return codes


def recover(client: TestClient, code: str, email: str = "guest@example.com") -> tuple[int, str]:
    response = client.post(f"{API}/login/recover-password", json={"email": email, "code": code})
    return (200, response.json()["token"]) if response.status_code == 200 else status_and_detail(response)


def reset(client: TestClient, token: str, new_password: str = OTHER_PASSWORD) -> tuple[int, str]:
    return status_and_detail(
        client.post(f"{API}/login/reset-password", json={"token": token, "new_password": new_password})
    )


def test_recovery_codes_require_password_and_are_stored_as_hashes(
    client: TestClient, session: Session, guest: User
) -> None:
    headers = auth_headers(guest)
    assert status_and_detail(client.post(CODES, headers=headers, json={"password": OTHER_PASSWORD})) == (
        400,
        "Incorrect password",
    )
    assert client.post(CODES, json={"password": PASSWORD}).status_code == 401
    codes = client.post(CODES, headers=headers, json={"password": PASSWORD}).json()["codes"]
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (10, 10, {23})
    assert client.get(CODES, headers=headers).json() == {"count": 10}
    stored = " ".join(row.code_hash for row in session.exec(select(RecoveryCode)))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_recovery_code_sets_password_once_and_revokes_sessions(
    client: TestClient, guest: User, codes: list[str]
) -> None:
    before = auth_headers(guest)
    status, token = recover(client, codes[0], "GUEST@example.com")
    assert status == 200
    assert recover(client, codes[0]) == WRONG, "a code works once"
    assert client.get(f"{API}/users/me", headers=before).status_code == 200, "sessions remain valid until the reset"
    assert reset(client, token) == (200, "Password updated successfully")
    assert reset(client, token, PASSWORD) == (400, "Invalid token"), "a token works once"
    assert client.get(f"{API}/users/me", headers=before).status_code == 403
    form = {"username": guest.email, "password": OTHER_PASSWORD}
    fresh = client.post(f"{API}/login/access-token", data=form).json()["access_token"]
    response = client.get(CODES, headers={"Authorization": f"Bearer {fresh}"}).json()
    assert response == {"count": 9}, "other codes remain valid"


def test_recovery_code_is_normalized(client: TestClient, codes: list[str]) -> None:
    assert recover(client, f" {codes[0].lower().replace('-', ' ')}")[0] == 200
    assert recover(client, codes[1].replace("0", "O").replace("1", "l"))[0] == 200


def test_new_recovery_codes_replace_old_ones(client: TestClient, guest: User, codes: list[str]) -> None:
    new = client.post(CODES, headers=auth_headers(guest), json={"password": PASSWORD}).json()["codes"]
    assert recover(client, codes[0]) == WRONG
    assert recover(client, new[0])[0] == 200


def test_failed_recoveries_return_the_same_error_and_run_the_same_queries(
    client: TestClient, session: Session, guest: User, codes: list[str]
) -> None:
    make_user(session, "other@example.com")
    work: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: work.append(arguments[2]))
    attempts = [("guest@example.com", "wrong"), ("unknown@example.com", "wrong"), ("other@example.com", codes[0])]
    done = []
    for email, code in attempts:
        work.clear()
        assert recover(client, code, email) == WRONG
        done.append(list(work))
    crud.update_user(session=session, db_user=guest, user_in=UserUpdate(is_active=False))
    work.clear()
    assert recover(client, codes[0]) == WRONG
    done.append(list(work))
    assert done[0]
    assert all(queries == done[0] for queries in done)


def test_outdated_and_expired_reset_tokens_are_rejected(
    client: TestClient, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = auth_headers(guest)["Authorization"].removeprefix("Bearer ")
    stale = security.create_reset_token(guest.id, version=guest.token_version + 1)
    monkeypatch.setattr(security, "RESET_TOKEN_MINUTES", -1)
    expired = security.create_reset_token(guest.id, version=guest.token_version)
    for token in ("", "nonsense", access, stale, expired):
        assert reset(client, token) == (400, "Invalid token")
    assert client.get(f"{API}/users/me", headers=auth_headers(guest)).status_code == 200


def test_password_change_revokes_reset_token(
    client: TestClient, session: Session, guest: User, codes: list[str]
) -> None:
    _, token = recover(client, codes[0])
    crud.update_user(session=session, db_user=guest, user_in=UserUpdate(password="changed since"))
    assert reset(client, token) == (400, "Invalid token")


def test_invalid_new_password_does_not_use_up_reset_token(client: TestClient, codes: list[str]) -> None:
    _, token = recover(client, codes[0])
    response = client.post(f"{API}/login/reset-password", json={"token": token, "new_password": "7 chars"})
    assert response.status_code == 422
    assert reset(client, token)[0] == 200


def test_concurrent_requests_use_code_and_token_once(client: TestClient, codes: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        recovered = list(pool.map(lambda _: recover(client, codes[0]), range(8)))
        assert sorted(status for status, _ in recovered) == [200] + [400] * 7
        token = min(recovered)[1]
        assert sorted(pool.map(lambda _: reset(client, token)[0], range(8))) == [200] + [400] * 7


@pytest.mark.usefixtures("frozen_throttle_clock")
def test_repeated_wrong_recovery_codes_are_throttled(client: TestClient, guest: User) -> None:
    statuses = [recover(client, f"guess {number}")[0] for number in range(12)]
    assert (statuses[0], statuses[-1]) == (400, 429)
