"""Names of the FastAPI template exist here too: docs/from-the-fastapi-template.md."""

import importlib
import inspect

import pytest

TEMPLATE_NAMES = {
    "app.main": ["app"],
    "app.core.config": ["settings"],
    "app.core.db": ["engine", "init_db"],
    "app.core.security": ["get_password_hash", "verify_password", "create_access_token"],
    "app.models": [
        "User",
        "UserCreate",
        "UserUpdate",
        "UserPublic",
        "Item",
        "ItemCreate",
        "ItemUpdate",
        "Message",
        "Token",
    ],
    "app.crud": ["create_user", "update_user", "get_user_by_email", "authenticate", "create_item"],
}
TEMPLATE_SETTINGS = (
    *("API_V1_STR", "PROJECT_NAME", "SECRET_KEY", "ACCESS_TOKEN_EXPIRE_MINUTES", "BACKEND_CORS_ORIGINS"),
    *("FIRST_SUPERUSER", "FIRST_SUPERUSER_PASSWORD", "SQLALCHEMY_DATABASE_URI", "EMAIL_TEST_USER"),
)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in TEMPLATE_NAMES.items() for name in names]
)
def test_template_name_is_importable(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", TEMPLATE_SETTINGS)
def test_template_setting_is_an_attribute(name: str) -> None:
    from app.core.config import settings

    assert name in dir(settings)  # reading SECRET_KEY would create it


@pytest.mark.parametrize("name", TEMPLATE_NAMES["app.crud"])
def test_crud_functions_take_keywords_only(name: str) -> None:
    from app import crud

    parameters = inspect.signature(getattr(crud, name)).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
