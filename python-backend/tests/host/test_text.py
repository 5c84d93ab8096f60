"""Invisible characters, folding, search terms, canonical emails."""

import sys
import unicodedata
from typing import Literal

import pytest
from hypothesis import given, settings, strategies

from backend_host.text.email_address import canonical_email
from backend_host.text.folding import fold, is_blank, search_text, search_variants

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
            "\U00013430\U0001343f",
            "\U00016fe4",
            "\U0001d159",
            "\u2d7f\U0001107f",
        ),
    ],
)
def test_invisible_text_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200ba", ".", "\u0600", "👍\ufe0f", "\u0301", "\ue000", "\u2801", "-"])
def test_text_with_a_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_space_separators_and_format_characters_of_unicode_are_invisible() -> None:
    """Fails if a newer Unicode version adds an invisible character. Prepended concatenation marks (U+0600 …) are visible."""
    visible = {
        c for c in EVERY_CHARACTER if unicodedata.category(c) in {"Zs", "Zl", "Zp", "Cf", "Cc"} and not is_blank(c)
    }
    assert {unicodedata.name(c).split()[0] for c in visible} <= {"ARABIC", "SYRIAC", "KAITHI"}


def test_folding_is_idempotent_and_ignores_form_and_case_of_every_character() -> None:
    for character in (character for character in EVERY_CHARACTER if ord(character) not in CJK):
        folded = fold(character)
        assert fold(folded) == folded, hex(ord(character))
        for form in ("NFC", "NFD"):
            assert fold(unicodedata.normalize(form, character)) == folded, (hex(ord(character)), form)
        for other in (character.lower(), character.upper(), character.title(), character.casefold()):
            assert fold(other) == folded, (hex(ord(character)), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("re\u0301sume\u0301", "r\u00e9sum\u00e9"),
        ("a\u0323\u0301", "a\u0301\u0323"),  # marks in another order
        ("\u03b1\u0345\u0301", "\u03b1\u0301\u0345"),
        ("STRASSE", "straße"),
        ("ა", "Ა"),
        ("ΟΔΟΣ", "οδος"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "\u0131sparta"),
        ("ﬁn", "FIN"),
        ("\uff21\uff22\uff23", "abc"),
        ("한글", unicodedata.normalize("NFD", "한글")),
        ("co\u00adop", "coop"),
        ("❤\ufe0f", "❤"),
        ("\u212b", "å"),
        ("a\u00a0b", "A b"),
    ],
)
def test_equivalent_texts_fold_to_same_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def finds(search: str, *texts: str) -> bool:
    return any(variant in search_text(*texts) for variant in search_variants(search))


@pytest.mark.parametrize("other", ["e", "resume", "ö", "\u00b4", "1", "か", "мои"])
def test_letters_with_and_without_marks_fold_differently(other: str) -> None:
    pairs = {"e": "é", "resume": "résumé", "ö": "o", "\u00b4": " ", "1": "½", "か": "がき", "мои": "мой"}
    assert fold(other) != fold(pairs[other])


def test_search_does_not_match_across_texts() -> None:
    assert finds("ab", "xab", "cd")
    assert not finds("abcd", "ab", "cd")
    assert not finds("ab\u200bcd", "ab", "cd")


@pytest.mark.parametrize(
    "text",
    [
        "Việt Nam",
        "re\u0301sume\u0301",
        "a\u0323\u0301b",
        "Straße",
        "İstanbul",
        "👨\u200d👩\u200d👧",
        "\u03b1\u0345\u0301",
        "한글",
        "ǅ",
        "שָׁלוֹם",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_search_matches_every_prefix_in_each_normal_form(text: str, form: Literal["NFC", "NFD"]) -> None:
    typed = unicodedata.normalize(form, text)
    for end in range(len(typed) + 1):
        assert finds(typed[:end], text)
        assert finds(typed[:end].swapcase(), text)


MARKS = "\u0301\u0323\u0302"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    strategies.lists(
        strategies.tuples(
            strategies.sampled_from("aeiİßΣς ½"), strategies.sets(strategies.sampled_from(MARKS), max_size=2)
        ),
        max_size=4,
    ),
    strategies.text(alphabet="aeiİßΣς ½\u200dé" + MARKS, max_size=6),
)
def test_longer_search_matches_no_more_than_its_prefix(letters: list[tuple[str, set[str]]], search: str) -> None:
    text = "".join(letter + "".join(sorted(marks)) for letter, marks in letters)
    for end in range(len(search)):
        assert finds(search[:end], text) or not finds(search[: end + 1], text), (search[: end + 1], end)


def test_canonical_email_is_idempotent() -> None:
    letters = [chr(number) for number in range(0x80, 0x1F000) if chr(number).casefold() != chr(number)]
    unstable = [
        letter
        for letter in letters
        if canonical_email(canonical_email(f"a{letter}b@example.com")) != canonical_email(f"a{letter}b@example.com")
    ]
    assert unstable == []
