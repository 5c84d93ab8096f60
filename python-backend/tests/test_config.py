import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core import config
from app.core.settings import Settings
from app.host import application
from app.models import DEFAULT_USER_ID
from backend_host.errors import ConfigError, DataDirError
from backend_host.launch import flags
from tests.backend_process import is_private


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(flags, "parsed", {})
    return tmp_path


def test_settings_precedence_is_flag_variable_file_default(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.sources.load().LOG_LEVEL == "info"
    (data_dir / "config.json").write_text('{"log_level": "error"}')
    assert config.sources.load().LOG_LEVEL == "error"
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    assert config.sources.load().LOG_LEVEL == "warning"
    flags.parse(["--log-level", "debug"], application)
    assert config.sources.load().LOG_LEVEL == "debug"


def test_each_flag_names_a_setting(data_dir: Path) -> None:
    assert set({*flags.HOST_FLAGS, *application.flags}) <= set(Settings.model_fields)


def test_only_help_loads_and_shows_defaults(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Settings.model_fields["PORT"], "default", 4321)
    for arguments in (["--help"], ["users", "reset-password", "--hel"]):
        with pytest.raises(SystemExit):
            flags.parse(arguments, application)
        shown = " ".join(capsys.readouterr().out.split())
        assert "(default: 4321)" in shown
        assert "(default: .data)" in shown
        assert "None" not in shown
    monkeypatch.delattr(flags, "_defaults")
    flags.parse([], application)


def test_config_json_is_read_from_data_dir_flag(data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"PORT": 4321}')
    flags.parse(["--data-dir", str(other)], application)
    assert (other, 4321) == (config.sources.load().DATA_DIR, config.sources.load().PORT)


@pytest.mark.parametrize("arguments", [["--data-dir", ""], ["--data-dir="], ["backup", "--host", ""]])
def test_empty_flag_is_rejected(data_dir: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        flags.parse(arguments, application)
    assert re.search("argument --(data-dir|host): the value is empty", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "can't be read"),
        ("[]", "JSON object"),
        ('{"PROT": 1}', "PROT"),
        ('{"PORT": 70000}', "PORT"),
        ('{"PORT": null}', "PORT"),
        ('{"SECRET_KEY": "' + "x" * 40 + '"}', "SECRET_KEY"),
        ('{"DATA_DIR": "/elsewhere"}', "DATA_DIR"),
        ("\ufffd\x00", "can't be read"),
        ("", "can't be read"),
        ("[" * 100_000, "can't be read"),
        ('{"FASTAPI_ENV": "development"}', "FASTAPI_ENV"),
    ],
)
def test_invalid_config_json_is_moved_with_reason(data_dir: Path, content: str, expected: str) -> None:
    (data_dir / "config.json").write_text(content, "utf-8")
    loaded = config.sources.load()
    assert (0, data_dir) == (loaded.PORT, loaded.DATA_DIR)
    assert loaded.invalid_config
    assert expected in loaded.invalid_config.reason
    (aside,) = data_dir.glob("config.json*")
    assert aside == loaded.invalid_config.moved_to
    assert aside.name.startswith("config.json.broken-2")
    assert aside.read_text("utf-8") == content
    assert config.sources.load().invalid_config is None


def test_valid_settings_of_invalid_config_json_apply(data_dir: Path) -> None:
    (data_dir / "config.json").write_text('{"auth_required": true, "PORT": 70000, "LOG_LEVEL": "debug"}')
    loaded = config.sources.load()
    assert (loaded.AUTH_REQUIRED, loaded.PORT, loaded.LOG_LEVEL) == (True, 0, "debug")
    assert config.sources.load().AUTH_REQUIRED is True


BROKEN_FILES = [
    b"",
    b"\0\0",
    b'{"AUTH_REQUIRED": tru',
    b"{'auth_required': True}",
    b'[{"AUTH_REQUIRED": true}]',
    b'{"AUTH_REQUIRED": null}',
    b'{"AUTH_REQUIRED": "maybe"}',
    b'{"AUTH_REQUIERD": true}',
    '{"AUTH_REQUIRED": true}'.encode("utf-16"),
    b'{"AUTH_REQUIRED": true} // \xe9',
]


def create_database(data_dir: Path, hashed_password: str) -> None:
    """Create a database with the default user, and only the columns that `default_user_has_password` reads."""
    with closing(sqlite3.connect(data_dir / "app.db")) as connection, connection:
        connection.execute("CREATE TABLE user (id, hashed_password)")
        connection.execute("INSERT INTO user VALUES (?, ?)", (DEFAULT_USER_ID.hex, hashed_password))


@pytest.mark.parametrize("content", BROKEN_FILES)
def test_invalid_config_json_does_not_disable_auth_when_default_user_has_password(
    data_dir: Path, content: bytes
) -> None:
    create_database(data_dir, "a hash")
    (data_dir / "config.json").write_bytes(content)
    loaded = config.sources.load()
    assert (loaded.AUTH_REQUIRED, loaded.invalid_config is None) == (True, False)
    assert config.sources.load().AUTH_REQUIRED, "also at the next start"
    config.sources.change({"PORT": 8123})
    assert config.sources.load().AUTH_REQUIRED, "also after the next change"


@pytest.mark.desktop
@pytest.mark.parametrize("content", BROKEN_FILES)
def test_invalid_config_json_does_not_enable_auth_when_default_user_has_no_password(
    data_dir: Path, content: bytes
) -> None:
    create_database(data_dir, "")
    (data_dir / "config.json").write_bytes(content)
    assert not config.sources.load().AUTH_REQUIRED


@pytest.mark.desktop
def test_invalid_config_json_preserves_explicit_auth_setting(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_database(data_dir, "a hash")
    (data_dir / "config.json").write_text('{"AUTH_REQUIRED": false, "PROT": 1}')
    assert not config.sources.load().AUTH_REQUIRED
    (data_dir / "config.json").write_text("{")
    monkeypatch.setenv("AUTH_REQUIRED", "false")
    assert not config.sources.load().AUTH_REQUIRED


def test_config_json_folder_is_moved(data_dir: Path) -> None:
    (data_dir / "config.json").mkdir()
    assert config.sources.load().invalid_config
    assert [path.name[:19] for path in data_dir.iterdir()] == ["config.json.broken-"]


def test_start_succeeds_when_invalid_config_json_cannot_be_moved(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / "config.json").write_text("{")

    def fail(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("backend_host.settings.config_file.os.replace", fail)
    loaded = config.sources.load()
    assert loaded.invalid_config
    assert (loaded.invalid_config.moved_to, loaded.LOG_LEVEL) == (None, "info")


def test_invalid_flag_leaves_config_json_in_place(data_dir: Path) -> None:
    (data_dir / "config.json").write_text('{"PORT": 4321}')
    flags.parse(["--port", "many"], application)
    with pytest.raises(ConfigError, match="PORT"):
        config.sources.load()
    assert (data_dir / "config.json").exists()


def test_invalid_variable_is_named_without_its_value(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "too-short")
    with pytest.raises(ConfigError, match="SECRET_KEY") as caught:
        config.sources.load()
    assert "too-short" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATIC_DIR", "{empty}/missing"),
        ("STATIC_DIR", "{empty}"),
        ("STATIC_DIR", "~no-such-user/page"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "52560001"),
    ],
)
def test_unusable_variable_is_rejected(
    data_dir: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value.format(empty=tmp_path_factory.mktemp("empty")))
    with pytest.raises(ConfigError, match=f"{name}: .*Correct the flag or variable"):
        config.sources.load()


def test_maximum_token_lifetime_has_an_expiry_date(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_TOKEN_EXPIRE_MINUTES", "52560000")
    lifetime = timedelta(minutes=config.sources.load().ACCESS_TOKEN_EXPIRE_MINUTES)
    assert datetime.now(UTC) + lifetime  # OverflowError beyond the year 9999


@pytest.mark.parametrize("text", ["not json", "http://one", '["one"', "7", '{"a": 1}', "[1]", "[" * 30_000])
def test_invalid_list_variable_is_named_with_example(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("BACKEND_CORS_ORIGINS", text)
    with pytest.raises(ConfigError, match=r"BACKEND_CORS_ORIGINS: Input should be a .*\. Correct the flag or variable"):
        config.sources.load()
    monkeypatch.setenv("BACKEND_CORS_ORIGINS", '["one", "two"]')
    assert config.sources.load().BACKEND_CORS_ORIGINS == ["one", "two"]


def test_config_error_is_one_sentence(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_SUPERUSER", "not an email")
    with pytest.raises(ConfigError, match="@-sign") as caught:
        config.sources.load()
    assert ".." not in str(caught.value)


@pytest.mark.desktop
def test_signing_key_is_created_once_and_private(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = config.sources.load().SECRET_KEY
    assert config.sources.load().SECRET_KEY == first == (data_dir / "secret_key").read_text()
    assert len(first) >= 32
    assert is_private(data_dir / "secret_key")
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    assert config.sources.load().SECRET_KEY == "k" * 40


@pytest.mark.desktop
def test_damaged_signing_key_is_reported_and_not_replaced(data_dir: Path) -> None:
    (data_dir / "secret_key").write_text("stub")
    with pytest.raises(DataDirError, match="secret_key"):
        _ = config.sources.load().SECRET_KEY
    assert (data_dir / "secret_key").read_text() == "stub"


def test_settings_repr_contains_no_secret(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "LAUNCH_TOKEN", "FIRST_SUPERUSER_PASSWORD"):
        monkeypatch.setenv(name, "hush" * 10)
    assert "hush" not in repr(config.sources.load())
