"""Error codes that clients handle, with their status codes."""

import uuid
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app import crud
from app.core import security
from app.core.error_codes import AnyErrorCode
from app.models import DEFAULT_USER_ID, UserUpdate
from tests.accounts import API, OTHER_PASSWORD, PASSWORD, auth_headers, make_user, set_default_user_password

pytestmark = pytest.mark.usefixtures("auth_on")


def error_of(client: TestClient, method: str, path: str, **request: object) -> tuple[int, str]:
    """Send a request, and return the status code and error code of the response."""
    response = client.request(method, f"{API}/{path}", **request)  # type: ignore[arg-type]
    body = response.json()
    code = response.headers["X-Error-Code"]
    assert code in set(AnyErrorCode)
    # The FastAPI template's tests compare some complete bodies, which therefore contain no code.
    assert body == {"detail": body["detail"]} | ({} if code == "superuser_required" else {"code": code})
    return response.status_code, code


def test_each_invalid_session_has_its_error_code(client: TestClient, session: Session) -> None:
    def get_me(token: str) -> tuple[int, str]:
        return error_of(client, "GET", "users/me", headers={"Authorization": f"Bearer {token}"})

    user = make_user(session)
    minute = timedelta(minutes=1)
    assert error_of(client, "GET", "users/me") == (401, "not_authenticated")
    assert get_me("nonsense") == (403, "session_expired")
    assert get_me(security.create_access_token(user.id, -minute)) == (403, "session_expired")
    assert get_me(security.create_access_token(user.id, minute, version=7)) == (403, "session_expired")
    assert get_me(security.create_access_token(uuid.uuid4(), minute)) == (404, "session_user_deleted")
    crud.update_user(session=session, db_user=user, user_in=UserUpdate(is_active=False))
    assert get_me(security.create_access_token(user.id, minute)) == (400, "session_user_inactive")


def test_forbidden_request_does_not_end_session(client: TestClient, session: Session) -> None:
    headers = auth_headers(make_user(session))
    admin = auth_headers(set_default_user_password(session))
    unknown = uuid.uuid4()
    assert error_of(client, "GET", "users/", headers=headers) == (403, "superuser_required")
    assert error_of(client, "GET", f"users/{unknown}", headers=admin) == (404, "user_not_found")
    assert error_of(client, "PATCH", f"users/{unknown}", headers=admin, json={}) == (404, "user_not_found")
    assert error_of(client, "GET", f"items/{unknown}", headers=headers) == (404, "item_not_found")
    mine = client.post(f"{API}/items/", headers=admin, json={"title": "Mine"}).json()["id"]
    assert error_of(client, "DELETE", f"items/{mine}", headers=headers) == (403, "not_permitted")
    assert error_of(client, "DELETE", "users/me", headers=admin) == (403, "self_deletion")


def test_failed_logins_and_passwords_have_error_codes(client: TestClient, session: Session) -> None:
    user = make_user(session, is_active=False)
    form = {"username": user.email, "password": PASSWORD}
    assert error_of(client, "POST", "login/access-token", data=form) == (400, "user_inactive")
    form["password"] = OTHER_PASSWORD
    assert error_of(client, "POST", "login/access-token", data=form) == (400, "incorrect_login")
    code = {"email": user.email, "code": "x"}
    assert error_of(client, "POST", "login/recover-password", json=code) == (400, "incorrect_recovery_code")
    reset = {"token": "x", "new_password": PASSWORD}
    assert error_of(client, "POST", "login/reset-password", json=reset) == (400, "reset_token_invalid")
    admin = auth_headers(set_default_user_password(session))
    change = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert error_of(client, "PATCH", "users/me/password", headers=admin, json=change) == (400, "incorrect_password")
    change["current_password"] = PASSWORD
    assert error_of(client, "PATCH", "users/me/password", headers=admin, json=change) == (400, "password_unchanged")


def test_taken_email_has_the_same_error_code_in_each_route(client: TestClient, session: Session) -> None:
    user = make_user(session)
    admin = auth_headers(set_default_user_password(session))
    new = {"email": user.email, "password": PASSWORD, "full_name": "New"}
    assert error_of(client, "POST", "users/", headers=admin, json=new) == (400, "email_taken")
    assert error_of(client, "POST", "users/signup", json=new) == (400, "email_taken")
    change = {"email": user.email}
    assert error_of(client, "PATCH", "users/me", headers=admin, json=change) == (409, "email_taken")
    assert error_of(client, "PATCH", f"users/{DEFAULT_USER_ID}", headers=admin, json=change) == (409, "email_taken")


def test_framework_errors_have_error_codes(client: TestClient) -> None:
    assert error_of(client, "GET", "nothing-here") == (404, "not_found")
    assert error_of(client, "DELETE", "utils/about/") == (405, "method_not_allowed")
