"""Text: what is invisible, and what search treats as equal."""

import sys
import unicodedata

import pytest

from app.core.text import fold, is_blank

EVERY_CHARACTER = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) not in {"Cn", "Co", "Cs"}
]
CJK = range(0x20000, 0x40000)


@pytest.mark.parametrize(
    "text",
    [
        *("", " \t\r\n", "\u200b", "\u2800\u2800", "\u3164", "\u00ad", "\ufeff", "\u202e\u202c", "\u2066\u2069"),
        *(
            "\u200f",
            "\ufe0f",
            "\x01\x1f\x7f\x85",
            "\U000e0020",
            "\u115f\u1160",
            "\u00a0\u3000\u2028",
            "\u061c",
            "\u180e",
        ),
    ],
)
def test_invisible_text_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200ba", ".", "\u0600", "👍\ufe0f", "\u0301", "\ue000", "\u2801", "-"])
def test_text_with_a_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_space_separators_and_format_characters_of_unicode_are_invisible() -> None:
    """Any newer Unicode that adds one shows here. Prepended signs (U+0600 …) and Egyptian joiners have ink."""
    visible = {
        c for c in EVERY_CHARACTER if unicodedata.category(c) in {"Zs", "Zl", "Zp", "Cf", "Cc"} and not is_blank(c)
    }
    assert {unicodedata.name(c).split()[0] for c in visible} <= {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}


def test_folding_is_stable_and_ignores_form_and_case_of_every_character() -> None:
    for character in (character for character in EVERY_CHARACTER if ord(character) not in CJK):
        folded = fold(character)
        assert fold(folded) == folded, hex(ord(character))
        for form in ("NFC", "NFD"):
            assert fold(unicodedata.normalize(form, character)) == folded, (hex(ord(character)), form)
        for other in (character.lower(), character.upper(), character.title(), character.casefold()):
            assert fold(other) == folded or not folded, (hex(ord(character)), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("re\u0301sume\u0301", "r\u00e9sum\u00e9"),
        ("a\u0323\u0301", "a\u0301\u0323"),  # marks in another order
        ("STRASSE", "straße"),
        ("ა", "Ა"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁn", "FIN"),
        ("ＡＢＣ", "abc"),  # noqa: RUF001
        ("한글", unicodedata.normalize("NFD", "한글")),
        ("co\u00adop", "coop"),
        ("❤\ufe0f", "❤"),
        ("\u212b", "å"),
    ],
)
def test_what_people_take_for_the_same_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    "text", ["\u00b4", "½ ﬀ", "İstanbul", "👨\u200d👩\u200d👧", "ᾼ", "e\u0301\u0327x", "tab\tbed", "ǅ", "กุ"]
)
def test_folding_maps_each_character_by_itself(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))
    assert fold(text[:-1]) in fold(text)
