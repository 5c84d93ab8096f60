"""Field types accept the values that their JSON schema allows."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from backend_host.fields import Day, Moment, OptionalText, RequiredText


@pytest.mark.parametrize(
    "value",
    ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5)],  # noqa: DTZ001
)
def test_moment_is_converted_to_utc(value: object) -> None:
    assert TypeAdapter[datetime](Moment).validate_python(value) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, 1.5, "0", "1700000000", True, None, "", "noon", "0001-01-01T00:00:00+05:00"])
def test_moment_rejects_numbers_and_invalid_dates(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[datetime](Moment).validate_python(value)


def test_day_accepts_iso_date() -> None:
    assert TypeAdapter[date](Day).validate_python("2026-01-31") == date(2026, 1, 31)


@pytest.mark.parametrize("value", [0, 86_400, "0", "86400", True, None, "", "2026-02-30", "2026-01-31T09:30:00Z"])
def test_day_rejects_numbers_and_invalid_dates(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[date](Day).validate_python(value)


@pytest.mark.parametrize(
    "value", ["", " ", "\u200b", "\u2800\u2800", "\u3164", "\u00ad", "\ufeff", "\u202e\u2066", "\U000e0020"]
)
def test_required_text_rejects_invisible_text_and_optional_text_becomes_empty(value: str) -> None:
    with pytest.raises(ValidationError, match="This field is required"):
        TypeAdapter[str](RequiredText).validate_python(value)
    assert TypeAdapter[str](OptionalText).validate_python(value) == ""


@pytest.mark.parametrize("value", ["\u200fאב", "a\u00adb", "👩\u200d👧"])
def test_required_text_preserves_invisible_characters_between_visible_ones(value: str) -> None:
    assert TypeAdapter[str](RequiredText).validate_python(value) == value
