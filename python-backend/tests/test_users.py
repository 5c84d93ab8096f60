import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, delete, select

from app import crud
from app.core.config import settings
from app.core.db import init_db
from app.models import DEFAULT_USER_ID, Item, ItemCreate, User, UserUpdate
from tests.accounts import (
    API,
    OTHER_PASSWORD,
    PASSWORD,
    auth_headers,
    make_user,
    set_default_user_password,
    status_and_detail,
)
from tests.backend_process import ENVIRONMENT, SOURCE

USERS = f"{API}/users/"
NEW = {"email": "new@example.com", "password": PASSWORD, "full_name": "New"}
TAKEN = "The user with this email already exists in the system"


@pytest.fixture
def admin(session: Session, auth_on: None) -> dict[str, str]:
    """Headers of the default user, with authentication on."""
    return auth_headers(set_default_user_password(session))


@pytest.fixture
def guest(session: Session) -> User:
    return make_user(session)


def test_superuser_creates_reads_updates_and_deletes_user(client: TestClient, admin: dict[str, str]) -> None:
    added = client.post(USERS, headers=admin, json=NEW | {"email": "New@Example.COM", "is_superuser": True})
    assert added.status_code == 200
    user = added.json()
    assert (user["email"], user["full_name"], user["is_active"], user["is_superuser"]) == (
        "new@example.com",
        "New",
        True,
        True,
    )
    assert set(user) == {"id", "email", "full_name", "is_active", "is_superuser", "created_at"}
    assert client.get(USERS + user["id"], headers=admin).json() == user

    change = {"full_name": None, "is_superuser": False}
    changed = client.patch(USERS + user["id"], headers=admin, json=change).json()
    assert changed == user | change
    assert status_and_detail(client.delete(USERS + user["id"], headers=admin)) == (200, "User deleted successfully")
    assert status_and_detail(client.get(USERS + user["id"], headers=admin)) == (404, "User not found")


def test_users_are_listed_newest_first_in_pages(client: TestClient, session: Session, admin: dict[str, str]) -> None:
    for number in range(5):
        make_user(session, f"user{number}@example.com")
    page = client.get(USERS, headers=admin, params={"skip": 1, "limit": 3}).json()
    assert [user["email"][:5] for user in page["data"]] == ["user3", "user2", "user1"]
    assert page["count"] == 6
    for query in ({"limit": -1}, {"limit": 0}, {"limit": 10**30}, {"skip": -1}, {"skip": 10**30}):
        assert client.get(USERS, headers=admin, params=query).status_code == 422


def search_users(client: TestClient, admin: dict[str, str], **query: str) -> list[str]:
    """List users, and return the local parts of their emails."""
    response = client.get(USERS, headers=admin, params=query).json()
    assert response["count"] == len(response["data"])
    return [user["email"].split("@")[0] for user in response["data"]]


def test_user_search_matches_substrings_of_email_and_name(
    client: TestClient, session: Session, admin: dict[str, str]
) -> None:
    names = {"ada": "Ada Lovelace", "emile": "ÉMILE Zola", "x_y": "100% <b>me</b>", "xzy": None}
    for local, name in names.items():
        make_user(session, f"{local}@home.example", full_name=name)
    for q, expected in {
        "LOVE": ["ada"],
        "  Home.Example ": ["xzy", "x_y", "emile", "ada"],
        "émile": ["emile"],
        "100%": ["x_y"],
        "x_y": ["x_y"],
        "%": ["x_y"],
        "\\": [],
        "<b>": ["x_y"],
        "nowhere": [],
    }.items():
        assert search_users(client, admin, q=q) == expected, q
    page = client.get(USERS, headers=admin, params={"q": "home", "skip": 1, "limit": 2}).json()
    assert (len(page["data"]), page["count"]) == (2, 4), "count includes all matches"
    for bad in ("x" * 256, "a\0b"):
        assert client.get(USERS, headers=admin, params={"q": bad}).status_code == 422


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Renée Zöe", "rene\u0301e z"),
        ("Rene\u0301e", "ren\u00e9e"),
        ("Ა geo", "ა geo"),
        ("Istanbul", "\u0131stan"),
        ("STRASSE", "straße"),
        ("οδοσ", "ΟΔΟς"),
        ("mcDONALD oF", "mcdonald of"),
        ("Việt Nam", "vie\u0302\u0323t n"),
    ],
)
def test_user_search_folds_case_and_unicode_form_at_each_length(
    client: TestClient, session: Session, admin: dict[str, str], name: str, search: str
) -> None:
    make_user(session, "named@home.example", full_name=name)
    make_user(session, "other@home.example")
    for end in range(1, len(search) + 1):
        if search[end - 1] != " ":
            assert "named" in search_users(client, admin, q=search[:end]), search[:end]


def test_user_search_matches_email_in_each_unicode_form_and_reflects_updates(
    client: TestClient, session: Session, admin: dict[str, str]
) -> None:
    user = make_user(session, "jos\u00e9@home.example")
    for q in ("jose\u0301@", "JOS\u00c9@HOME", "\uff4a\uff4f\uff53"):
        assert search_users(client, admin, q=q) == ["jos\u00e9"], q
    assert search_users(client, admin, q="examplejos") == search_users(client, admin, q="example\u200bjos") == []
    client.patch(f"{USERS}{user.id}", headers=admin, json={"full_name": "Zo\u00eb"}).raise_for_status()
    client.patch(f"{USERS}{user.id}", headers=admin, json={"email": "max@home.example"}).raise_for_status()
    assert search_users(client, admin, q="zoe\u0308") == search_users(client, admin, q="max@") == ["max"]
    assert search_users(client, admin, q="jos") == []


def test_user_inserted_by_another_program_is_found_after_restart(
    client: TestClient, session: Session, admin: dict[str, str]
) -> None:
    make_user(session, "named@home.example", full_name="Zo\u00eb")
    session.connection().exec_driver_sql('UPDATE "user" SET search_text = NULL')
    session.commit()
    init_db(session)
    assert search_users(client, admin, q="ZOE\u0308") == ["named"]


def test_users_are_sorted_in_both_directions_with_unnamed_users_last(
    client: TestClient, session: Session, admin: dict[str, str]
) -> None:
    for local, name in {"b": "anna", "c": "Bert", "a": None}.items():
        make_user(session, f"{local}@home.example", full_name=name)
    orders = {
        "-created_at": "acb",
        "created_at": "bca",
        "email": "abc",
        "-email": "cba",
        "full_name": "bca",
        "-full_name": "cba",
    }
    for sort, expected in orders.items():
        assert "".join(search_users(client, admin, q="home", sort=sort)) == expected, sort
    assert client.get(USERS, headers=admin, params={"sort": "hashed_password"}).status_code == 422


def test_default_user_manages_users_while_auth_is_off(client: TestClient) -> None:
    user = client.post(USERS, json=NEW).json()
    assert client.get(USERS).json()["count"] == 2
    assert client.delete(USERS + user["id"]).status_code == 200


@pytest.mark.usefixtures("auth_on")
def test_users_routes_require_superuser(client: TestClient, session: Session, guest: User) -> None:
    headers, other = auth_headers(guest), make_user(session, "other@example.com")
    refused = (403, "The user doesn't have enough privileges")
    assert status_and_detail(client.get(USERS, headers=headers)) == refused
    assert status_and_detail(client.post(USERS, headers=headers, json=NEW)) == refused
    for user_id in (other.id, uuid.uuid4()):
        for method in ("GET", "PATCH", "DELETE"):
            assert status_and_detail(client.request(method, f"{USERS}{user_id}", headers=headers, json={})) == refused
    for method, path in (("GET", ""), ("POST", ""), ("GET", str(other.id)), ("PATCH", "me"), ("DELETE", "me")):
        assert client.request(method, USERS + path, json=NEW).status_code == 401
    assert client.get(f"{USERS}{guest.id}", headers=headers).json()["email"] == guest.email


def test_unknown_user_returns_404_with_template_message(client: TestClient, admin: dict[str, str]) -> None:
    unknown = f"{USERS}{uuid.uuid4()}"
    assert status_and_detail(client.get(unknown, headers=admin)) == (404, "User not found")
    assert status_and_detail(client.delete(unknown, headers=admin)) == (404, "User not found")
    response = client.patch(unknown, headers=admin, json={"full_name": "x"})
    assert status_and_detail(response) == (404, "The user with this id does not exist in the system")


def test_email_is_unique_case_insensitively(client: TestClient, admin: dict[str, str], guest: User) -> None:
    clash = {"email": "GUEST@Example.com"}
    assert status_and_detail(client.post(USERS, headers=admin, json=NEW | clash)) == (400, TAKEN)
    assert status_and_detail(client.post(f"{USERS}signup", json=NEW | clash)) == (400, TAKEN)
    assert status_and_detail(client.post(f"{API}/private/users/", json=NEW | clash)) == (400, TAKEN)
    response = client.patch(f"{USERS}{DEFAULT_USER_ID}", headers=admin, json=clash)
    assert status_and_detail(response) == (409, "User with this email already exists")
    assert status_and_detail(client.patch(f"{USERS}me", headers=admin, json=clash)) == (
        409,
        "User with this email already exists",
    )
    unchanged = client.patch(f"{USERS}{guest.id}", headers=admin, json=clash)
    assert (unchanged.status_code, unchanged.json()["email"]) == (200, "guest@example.com"), (
        "a user may keep the current email"
    )


def test_concurrent_signups_with_one_email_create_one_account(client: TestClient, admin: dict[str, str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: client.post(f"{USERS}signup", json=NEW).status_code, range(8)))
    assert sorted(responses) == [200] + [400] * 7
    assert client.get(USERS, headers=admin).json()["count"] == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"email": None},
        {"email": "not an email"},
        {"email": ""},
        {"email": "a" * 250 + "@example.com"},
        {"password": None},
        {"password": "7 chars"},
        {"password": "x" * 129},
        {"full_name": "x" * 256},
        {"full_name": "a\0b"},
        {"email": "Ada <ada@example.com>"},
        {"is_active": None},
        {"is_superuser": None},
    ],
    ids=lambda bad: "-".join(f"{name} {str(value)[:3]!a}" for name, value in bad.items()),
)
def test_null_and_out_of_range_fields_are_rejected_by_each_route(
    client: TestClient, admin: dict[str, str], guest: User, bad: dict[str, object]
) -> None:
    assert client.post(USERS, headers=admin, json=NEW | bad).status_code == 422
    assert client.patch(f"{USERS}{guest.id}", headers=admin, json=bad).status_code == 422
    if set(bad) <= {"email", "password", "full_name"}:
        assert client.post(f"{USERS}signup", json=NEW | bad).status_code == 422
        assert client.post(f"{API}/private/users/", json=NEW | bad).status_code == 422
    if set(bad) <= {"email", "full_name"}:
        assert client.patch(f"{USERS}me", headers=admin, json=bad).status_code == 422
    assert client.get(USERS, headers=admin).json()["count"] == 2


def test_password_and_name_of_maximum_length_are_stored(client: TestClient, admin: dict[str, str]) -> None:
    user = client.post(USERS, headers=admin, json=NEW | {"password": "é" * 128, "full_name": "ü" * 255}).json()
    assert user["full_name"] == "ü" * 255
    for password, status in (("é" * 128, 200), ("é" * 127, 400)):
        form = {"username": NEW["email"], "password": password}
        assert client.post(f"{API}/login/access-token", data=form).status_code == status


@pytest.mark.usefixtures("auth_on")
def test_signup_creates_ordinary_user(client: TestClient) -> None:
    user = client.post(f"{USERS}signup", json=NEW | {"is_superuser": True}).json()
    assert (user["is_superuser"], user["is_active"]) == (False, True)


def test_signup_is_disabled_while_auth_is_off(client: TestClient) -> None:
    response = client.post(f"{USERS}signup", json=NEW)
    assert status_and_detail(response) == (403, "Sign-up is disabled while authentication is off")


@pytest.mark.usefixtures("auth_on")
def test_signup_is_disabled_without_open_registration(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OPEN_REGISTRATION", False)
    assert client.get(f"{API}/utils/about/").json()["signup"] is False
    response = client.post(f"{USERS}signup", json=NEW)
    assert status_and_detail(response) == (403, "Sign-up is disabled. Ask the administrator for an account.")
    headers = auth_headers(set_default_user_password(session))
    assert client.get(USERS, headers=headers).json()["count"] == 1
    assert client.post(USERS, headers=headers, json=NEW).status_code == 200


@pytest.mark.parametrize(
    ("database", "registration", "allowed"),
    [(False, None, True), (False, False, False), (True, None, False), (True, True, True), (True, False, False)],
)
def test_signup_default_is_enabled_on_desktop_and_disabled_on_server(
    database: bool, registration: bool | None, allowed: bool
) -> None:
    url = "postgresql+psycopg://app@db/app" if database else None
    configured = settings.model_copy(
        update={"DATABASE_URL": url, "AUTH_REQUIRED": True, "OPEN_REGISTRATION": registration}
    )
    assert configured.signup_allowed is allowed


@pytest.mark.usefixtures("auth_on")
def test_user_updates_and_deletes_own_account_with_items(client: TestClient, session: Session, guest: User) -> None:
    headers = auth_headers(guest)
    changed = client.patch(f"{USERS}me", headers=headers, json={"email": "Moved@example.com", "full_name": "M"}).json()
    assert (changed["email"], changed["full_name"]) == ("moved@example.com", "M")
    unchanged = client.patch(f"{USERS}me", headers=headers, json={"is_superuser": True, "is_active": False}).json()
    assert (unchanged["is_superuser"], unchanged["is_active"]) == (False, True)
    crud.create_item(session=session, item_in=ItemCreate(title="Theirs"), owner_id=guest.id)
    assert status_and_detail(client.delete(f"{USERS}me", headers=headers)) == (200, "User deleted successfully")
    assert status_and_detail(client.get(f"{USERS}me", headers=headers)) == (404, "User not found")
    session.expire_all()
    superuser = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    assert superuser
    assert crud.list_items(session=session, principal=superuser, skip=0, limit=1)[1] == 0


@pytest.mark.parametrize("path", ["me", str(DEFAULT_USER_ID)])
def test_superuser_cannot_delete_itself(client: TestClient, admin: dict[str, str], path: str) -> None:
    response = client.delete(USERS + path, headers=admin)
    assert status_and_detail(response) == (403, "Super users are not allowed to delete themselves")


@pytest.mark.parametrize("change", [{"is_superuser": False}, {"is_active": False}])
def test_last_active_superuser_cannot_be_demoted_or_deactivated(
    client: TestClient, session: Session, admin: dict[str, str], change: dict[str, bool]
) -> None:
    response = client.patch(f"{USERS}{DEFAULT_USER_ID}", headers=admin, json=change)
    assert response.status_code == 409
    assert "last active superuser" in response.json()["detail"]
    make_user(session, "asleep@example.com", is_superuser=True, is_active=False)
    assert client.patch(f"{USERS}{DEFAULT_USER_ID}", headers=admin, json=change).status_code == 409
    assert client.get(f"{USERS}me", headers=admin).json()["is_superuser"] is True
    make_user(session, "second@example.com", is_superuser=True)
    assert client.patch(f"{USERS}{DEFAULT_USER_ID}", headers=admin, json=change).status_code == 200


def test_concurrent_mutual_demotion_leaves_one_superuser(
    client: TestClient, session: Session, admin: dict[str, str]
) -> None:
    second = make_user(session, "second@example.com", is_superuser=True)
    pairs = [(auth_headers(second), DEFAULT_USER_ID), (admin, second.id)]

    def demote(pair: tuple[dict[str, str], uuid.UUID]) -> int:
        return client.patch(f"{USERS}{pair[1]}", headers=pair[0], json={"is_superuser": False}).status_code

    with ThreadPoolExecutor(2) as pool:
        responses = list(pool.map(demote, pairs))
    assert responses.count(200) == 1, responses
    session.expire_all()
    assert crud.has_active_superuser(session)


def test_default_user_cannot_be_demoted_while_auth_is_off(client: TestClient, session: Session) -> None:
    second = make_user(session, "second@example.com", is_superuser=True)
    for change in ({"is_superuser": False}, {"is_active": False}):
        assert client.patch(f"{USERS}{DEFAULT_USER_ID}", json=change).status_code == 409
    assert client.patch(f"{USERS}{second.id}", json={"is_superuser": False}).status_code == 200


def test_password_set_by_superuser_revokes_sessions_and_recovery_codes(
    client: TestClient, session: Session, admin: dict[str, str], guest: User
) -> None:
    crud.issue_recovery_codes(session=session, user=guest)
    session_headers = auth_headers(guest)
    response = client.patch(f"{USERS}{guest.id}", headers=admin, json={"password": OTHER_PASSWORD})
    assert response.status_code == 200
    assert client.get(f"{USERS}me", headers=session_headers).status_code == 403
    session.refresh(guest)
    assert crud.count_recovery_codes(session=session, user=guest) == 0
    assert crud.authenticate(session=session, email=guest.email, password=OTHER_PASSWORD)


def test_invalid_email_in_database_does_not_fail_users_list(client: TestClient, session: Session) -> None:
    session.add(User(email="not an email"))
    session.commit()
    assert client.get(USERS).json()["count"] == 2


def test_crud_accepts_template_arguments(session: Session) -> None:
    user = make_user(session, "Mixed@Example.com", is_superuser=True)
    assert crud.get_user_by_email(session=session, email="MIXED@example.COM") == user
    crud.update_user(session=session, db_user=user, user_in=UserUpdate(password=OTHER_PASSWORD, is_superuser=True))
    assert crud.authenticate(session=session, email=user.email, password=OTHER_PASSWORD) == user
    with pytest.raises(crud.EmailTakenError):
        make_user(session, "mixed@example.com")


def test_private_route_creates_user_in_development(client: TestClient, session: Session) -> None:
    created = client.post(f"{API}/private/users/", json=NEW).json()
    user = crud.get_user(session=session, user_id=uuid.UUID(created["id"]))
    assert user
    assert (user.email, user.full_name, user.is_superuser) == ("new@example.com", "New", False)


@pytest.mark.parametrize(("environment", "there"), [("development", True), ("production", False), ("", False)])
def test_private_routes_exist_in_development_only(tmp_path: object, environment: str, there: bool) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from app.main import app; print('private' in str(app.openapi()['paths']))"
    output = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, SOURCE],
        env={**ENVIRONMENT, "DATA_DIR": str(tmp_path), "FASTAPI_ENV": environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.strip() == str(there)


def test_demoted_default_user_loses_password_when_auth_is_turned_off(
    client: TestClient, session: Session, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = make_user(session, "second@example.com", is_superuser=True)
    second_headers = auth_headers(second)
    lost = {"is_superuser": False, "is_active": False}
    assert client.patch(f"{USERS}{DEFAULT_USER_ID}", headers=second_headers, json=lost).status_code == 200
    monkeypatch.setattr(settings, "AUTH_REQUIRED", False)
    session.expire_all()
    init_db(session)
    assert client.get(f"{USERS}me").json()["is_superuser"]
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)
    init_db(session)
    session.expire_all()
    owner = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    assert owner
    assert crud.authenticate(session=session, email=owner.email, password=PASSWORD) is None
    assert client.get(f"{USERS}me", headers=admin).status_code == 403
    assert client.get(USERS, headers=second_headers).status_code == 200


@pytest.mark.parametrize(
    ("signed_up", "typed"),
    [
        (" sp@example.com ", "sp@example.com"),
        ("sp@example.com", " SP@example.com "),
        ("x@xn--mnchen-3ya.de", "x@münchen.de"),
        ("x@münchen.de", "x@xn--mnchen-3ya.de"),
        ("ada@example.com", "\uff41\uff44\uff41@example.com"),
        ("\uff41\uff44\uff41@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com", "ada@example.com"),
        ("ﬁn@example.com", "FIN@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("οδοσ@example.com", "ΟΔΟΣ@example.com"),
        ("①@example.com", "1@example.com"),
        ("x@straße.de", "x@xn--strae-oqa.de"),
    ],
)
@pytest.mark.usefixtures("admin")
def test_equivalent_emails_identify_the_same_account(client: TestClient, signed_up: str, typed: str) -> None:
    assert client.post(f"{USERS}signup", json=NEW | {"email": signed_up}).status_code == 200
    assert client.post(f"{USERS}signup", json=NEW | {"email": typed}).status_code == 400
    form = {"username": typed, "password": PASSWORD}
    assert client.post(f"{API}/login/access-token", data=form).status_code == 200


def test_similar_idn_domains_identify_different_accounts(client: TestClient, admin: dict[str, str]) -> None:
    for email in ("x@straße.de", "x@strasse.de"):
        assert client.post(USERS, headers=admin, json=NEW | {"email": email}).status_code == 200


@pytest.mark.parametrize("email", ["\ufdfa@example.com", "\ufdfb" * 64 + "@example.com"], ids=["spaces", "too long"])
def test_email_with_invalid_canonical_spelling_is_rejected(
    client: TestClient, admin: dict[str, str], guest: User, email: str
) -> None:
    for method, path in (("POST", "signup"), ("POST", ""), ("PATCH", str(guest.id)), ("PATCH", "me")):
        response = client.request(method, USERS + path, headers=admin, json=NEW | {"email": email})
        assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "email"])


def test_empty_password_is_reported_as_missing_field(client: TestClient, admin: dict[str, str], guest: User) -> None:
    for method, path in (("POST", "signup"), ("POST", ""), ("PATCH", str(guest.id))):
        response = client.request(
            method, USERS + path, headers=admin, json=NEW | {"email": "b@example.com", "password": ""}
        )
        assert [(error["type"], error["msg"]) for error in response.json()["detail"]] == [
            ("required", "This field is required.")
        ]


def test_uuid_column_compares_with_text(session: Session, guest: User) -> None:
    item = crud.create_item(session=session, item_in=ItemCreate(title="Theirs"), owner_id=guest.id)
    for text in (str(guest.id), guest.id.hex, str(guest.id).upper()):
        assert session.exec(select(User).where(User.id == text)).one() == guest
        assert session.exec(select(Item).where(col(Item.owner_id).in_([text]))).one().id == item.id
        assert session.get(User, text) == guest
    assert session.exec(select(Item).where(Item.id == str(item.id))).one().owner_id == guest.id


def test_first_superuser_has_no_default_name_while_auth_is_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name_after(**changes: object) -> str | None:
        for name, value in changes.items():
            monkeypatch.setattr(settings, name, value)
        init_db(session)
        user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
        assert user
        return user.full_name

    assert name_after() == "Local user"
    assert name_after(AUTH_REQUIRED=True, FIRST_SUPERUSER_PASSWORD=PASSWORD) is None, "the default name is removed"
    session.exec(delete(User))
    assert name_after() is None
