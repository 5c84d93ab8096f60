"""The types that models/fields.py has ready for fields: what they take is what the API's description says."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.models import Day, FullName, Moment, Title


@pytest.mark.parametrize(
    "given",
    ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5)],  # noqa: DTZ001
)
def test_a_moment_is_in_utc_whatever_its_zone(given: object) -> None:
    assert TypeAdapter[datetime](Moment).validate_python(given) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("given", [0, 1.5, "0", "1700000000", True, None, "", "noon", "0001-01-01T00:00:00+05:00"])
def test_what_is_no_moment_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[datetime](Moment).validate_python(given)


def test_a_day_is_taken_as_it_is_written() -> None:
    assert TypeAdapter[date](Day).validate_python("2026-01-31") == date(2026, 1, 31)


@pytest.mark.parametrize("given", [0, 86_400, "0", "86400", True, None, "", "2026-02-30", "2026-01-31T09:30:00Z"])
def test_what_is_no_day_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[date](Day).validate_python(given)


@pytest.mark.parametrize(
    "given", ["", " ", "\u200b", "\u2800\u2800", "\u3164", "\u00ad", "\ufeff", "\u202e\u2066", "\U000e0020"]
)
def test_a_required_text_without_a_visible_character_is_missing(given: str) -> None:
    with pytest.raises(ValidationError, match="This field is required"):
        TypeAdapter[str](Title).validate_python(given)
    assert TypeAdapter[str](FullName).validate_python(given) == "", "of a name that is optional, as none"


@pytest.mark.parametrize("given", ["\u200fאב", "a\u00adb", "👩\u200d👧"])
def test_invisible_characters_within_a_text_stay(given: str) -> None:
    assert TypeAdapter[str](Title).validate_python(given) == given
