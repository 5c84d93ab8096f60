import unicodedata
import uuid
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlmodel import Session, col, update

from app import crud
from app.core import security
from app.models import DEFAULT_USER_ID, User, UserUpdate
from backend_host.security import password_hash
from tests.accounts import (
    API,
    OTHER_PASSWORD,
    PASSWORD,
    auth_headers,
    make_user,
    set_default_user_password,
    status_and_detail,
)


def log_in(client: TestClient, email: str, password: str = PASSWORD) -> Response:
    return client.post(f"{API}/login/access-token", data={"username": email, "password": password})


@pytest.mark.usefixtures("auth_on")
def test_login_returns_token_of_user(client: TestClient, session: Session) -> None:
    user = make_user(session)
    response = log_in(client, "GUEST@Example.com")
    assert (response.status_code, response.json()["token_type"]) == (200, "bearer")
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    for method, path in (("POST", "login/test-token"), ("GET", "users/me")):
        assert client.request(method, f"{API}/{path}", headers=headers).json()["id"] == str(user.id)
    assert client.post(f"{API}/login/test-token").status_code == 401


def test_login_succeeds_while_auth_is_off(client: TestClient, session: Session) -> None:
    set_default_user_password(session)
    assert log_in(client, "admin@example.com").status_code == 200


def test_failed_logins_return_the_same_error(client: TestClient, session: Session) -> None:
    make_user(session)
    for email in ("guest@example.com", "unknown@example.com", "admin@example.com", "x" * 5_000, "guest\0@example.com"):
        for password in (OTHER_PASSWORD, " ", "p" * 5_000):
            assert status_and_detail(log_in(client, email, password)) == (400, "Incorrect email or password")


def test_inactive_account_is_revealed_only_with_correct_password(client: TestClient, session: Session) -> None:
    make_user(session, is_active=False)
    assert status_and_detail(log_in(client, "guest@example.com")) == (400, "Inactive user")
    assert status_and_detail(log_in(client, "guest@example.com", OTHER_PASSWORD)) == (
        400,
        "Incorrect email or password",
    )


def test_login_form_without_fields_is_invalid(client: TestClient) -> None:
    assert client.post(f"{API}/login/access-token", data={"username": "a@example.com"}).status_code == 422


def test_each_failed_login_verifies_exactly_one_hash(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(session)
    work: list[str] = []
    hasher = password_hash._hasher().current_hasher

    def count(name: str) -> None:
        real = getattr(hasher, name)

        def counted(*arguments: object, **named: object) -> object:
            work.append(name)
            return real(*arguments, **named)

        monkeypatch.setattr(hasher, name, counted)

    count("verify")
    count("hash")
    for email in ("guest@example.com", "unknown@example.com", "admin@example.com"):
        for expected in (
            ["hash", "verify"],
            ["verify"],
        ):  # the first attempt computes the dummy hash
            if len(expected) == 2:
                password_hash.dummy_hash.cache_clear()
            work.clear()
            assert log_in(client, email, OTHER_PASSWORD).status_code == 400
            assert work == expected, email


@pytest.mark.parametrize("password", [PASSWORD, "é" * 60])
def test_bcrypt_hash_is_verified_and_rehashed_with_argon2(client: TestClient, session: Session, password: str) -> None:
    user = make_user(session)
    user.hashed_password = PasswordHash((BcryptHasher(rounds=4),)).hash(password.encode()[:72])
    session.add(user)
    session.commit()
    assert log_in(client, user.email, OTHER_PASSWORD).status_code == 400
    assert log_in(client, user.email, password).status_code == 200
    session.refresh(user)
    assert user.hashed_password.startswith("$argon2")
    assert log_in(client, user.email, password).status_code == 200
    if password != PASSWORD:
        assert log_in(client, user.email, password[:-1]).status_code == 400


def test_rehash_does_not_overwrite_concurrent_password_change(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(session)
    email, changed = user.email, security.get_password_hash(OTHER_PASSWORD)

    def slow_verify(_password: str, _hashed: str) -> tuple[bool, str]:
        with session.get_bind().engine.begin() as other:
            other.execute(update(User).where(col(User.email) == email).values(hashed_password=changed))
        return True, "rehashed"

    monkeypatch.setattr("app.crud.users.verify_password", slow_verify)
    crud.authenticate(session=session, email=user.email, password=PASSWORD)
    session.refresh(user)
    assert user.hashed_password == changed


def test_login_matches_email_in_each_unicode_form(client: TestClient, session: Session) -> None:
    make_user(session, "rené@example.com")
    assert log_in(client, "RENE\u0301@example.com").status_code == 200


def test_password_length_is_measured_in_canonical_spelling(client: TestClient) -> None:
    for password, status in (
        (unicodedata.normalize("NFD", "é" * 7), 422),
        (unicodedata.normalize("NFD", "é" * 128), 200),
    ):
        response = client.post(f"{API}/private/users/", json={"email": "new@example.com", "password": password})
        assert response.status_code == status


def test_authenticate_returns_user_or_none(session: Session) -> None:
    user = make_user(session)
    assert crud.authenticate(session=session, email="guest@example.com", password=PASSWORD) == user
    assert crud.authenticate(session=session, email="guest@example.com", password=OTHER_PASSWORD) is None
    assert crud.authenticate(session=session, email="unknown@example.com", password=PASSWORD) is None


@pytest.mark.usefixtures("auth_on")
def test_each_kind_of_invalid_token_returns_its_status(client: TestClient, session: Session) -> None:
    user = make_user(session)

    def get_me(token: str) -> tuple[int, str]:
        return status_and_detail(client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {token}"}))

    minute = timedelta(minutes=1)
    bad = (403, "Could not validate credentials")
    assert status_and_detail(client.get(f"{API}/users/me")) == (401, "Not authenticated")
    assert get_me("nonsense") == bad
    assert get_me(security.create_access_token(user.id, -minute)) == bad
    assert get_me(security.create_access_token("not a uuid", minute)) == bad
    assert get_me(security.create_access_token(user.id, minute, version=7)) == bad
    assert get_me(security.create_reset_token(user.id, version=0)) == bad
    assert get_me(security.create_access_token(uuid.uuid4(), minute)) == (404, "User not found")
    crud.update_user(session=session, db_user=user, user_in=UserUpdate(is_active=False))
    assert get_me(security.create_access_token(user.id, minute)) == (400, "Inactive user")


@pytest.mark.usefixtures("auth_on")
def test_password_change_revokes_other_sessions(client: TestClient, session: Session) -> None:
    user = make_user(session)
    headers, elsewhere = auth_headers(user), auth_headers(user)
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}

    def patch(**fields: str) -> tuple[int, str]:
        return status_and_detail(client.patch(f"{API}/users/me/password", headers=headers, json={**change, **fields}))

    assert patch(current_password="not it") == (400, "Incorrect password")
    assert patch(new_password=PASSWORD) == (400, "New password cannot be the same as the current one")
    assert (
        client.patch(
            f"{API}/users/me/password", headers=headers, json={**change, "new_password": "7 chars"}
        ).status_code
        == 422
    )
    assert client.get(f"{API}/users/me", headers=elsewhere).status_code == 200
    assert patch() == (200, "Password updated successfully")
    assert client.get(f"{API}/users/me", headers=elsewhere).status_code == 403
    assert client.get(f"{API}/users/me", headers=headers).status_code == 200
    assert log_in(client, user.email).status_code == 400
    token = log_in(client, user.email, OTHER_PASSWORD).json()["access_token"]
    third = {"Authorization": f"Bearer {token}"}
    assert client.get(f"{API}/users/me", headers=third).status_code == 200
    back = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert patch(**back) == (200, "Password updated successfully"), "the surviving session can change it again"
    assert client.get(f"{API}/users/me", headers=headers).status_code == 200
    assert client.get(f"{API}/users/me", headers=third).status_code == 403


@pytest.mark.usefixtures("auth_on")
def test_password_reset_revokes_surviving_session(client: TestClient, session: Session) -> None:
    user = make_user(session)
    headers = auth_headers(user)
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert client.patch(f"{API}/users/me/password", headers=headers, json=change).status_code == 200
    session.refresh(user)
    token = security.create_reset_token(user.id, version=user.token_version)
    body = {"token": token, "new_password": PASSWORD}
    assert client.post(f"{API}/login/reset-password", json=body).status_code == 200
    assert client.get(f"{API}/users/me", headers=headers).status_code == 403


def test_default_user_without_password_cannot_set_one_while_auth_is_off(client: TestClient) -> None:
    change = {"current_password": "", "new_password": OTHER_PASSWORD}
    assert status_and_detail(client.patch(f"{API}/users/me/password", json=change)) == (400, "Incorrect password")


@pytest.mark.usefixtures("auth_on")
def test_successful_logins_are_not_throttled(client: TestClient, session: Session) -> None:
    make_user(session)
    assert {log_in(client, "guest@example.com").status_code for _ in range(40)} == {200}


@pytest.mark.usefixtures("auth_on", "frozen_throttle_clock")
@pytest.mark.parametrize("email", ["guest@example.com", "unknown@example.com"])
def test_repeated_failed_logins_are_throttled_for_known_and_unknown_emails(
    client: TestClient, session: Session, email: str
) -> None:
    make_user(session)
    make_user(session, "other@example.com")
    responses = [log_in(client, email, f"guess {number}") for number in range(12)]
    statuses = [response.status_code for response in responses]
    assert statuses[:8] == [400] * 8
    assert statuses[-1] == 429
    assert int(responses[-1].headers["Retry-After"]) >= 1
    assert responses[-1].json()["detail"].startswith("Too many failed attempts. Try again in ")
    assert log_in(client, email.upper()).status_code == 429
    assert log_in(client, "other@example.com").status_code == 200, "other accounts are not throttled"


def test_default_user_is_current_user_while_auth_is_off(client: TestClient, session: Session) -> None:
    user = set_default_user_password(session)
    assert isinstance(user, User)
    assert user.id == DEFAULT_USER_ID
    assert client.post(f"{API}/login/test-token").json()["id"] == str(DEFAULT_USER_ID)
