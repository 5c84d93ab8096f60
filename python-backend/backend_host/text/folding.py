"""Invisible characters, and text folded for search."""

import unicodedata
from itertools import groupby

_RANGES = (
    (0x00, 0x20),  # C0 controls, space
    (0x7F, 0xA0),  # DEL, C1 controls, no-break space
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),  # combining grapheme joiner
    (0x61C, 0x61C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),  # spaces, zero width space, joiners, direction marks
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),  # Braille pattern blank
    (0x3000, 0x3000),
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags
)
"""Invisible characters: White_Space, Cc and Default_Ignorable_Code_Point (Unicode's DerivedCoreProperties.txt and
PropList.txt), interlinear annotations and the blank Braille pattern."""

_INVISIBLE = frozenset(code for first, last in _RANGES for code in range(first, last + 1))


_BLANK = _INVISIBLE | {
    0x2D7F,  # Tifinagh consonant joiner
    0x1107F,  # Brahmi number joiner
    *range(0x13430, 0x13440),  # Egyptian hieroglyph format controls
    0x16FE4,  # Khitan small script filler
    0x1D159,  # musical symbol null notehead
}
"""Invisible characters, and those that are invisible without visible neighbors. Search preserves the latter, because they
connect or separate visible characters."""


def is_blank(text: str) -> bool:
    """Whether `text` is empty or contains only spaces, controls and other invisible characters."""
    return not text or all(ord(character) in _BLANK for character in text)


class _Folding(dict[int, str]):
    """A table for str.translate, computed lazily."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_folding = _Folding()


def fold(text: str) -> str:
    """Return `text` in the form that search compares.

    Folds case (Unicode's full case folding; also dotted and dotless i) and compatibility forms (NFKD: ligatures, full width),
    removes invisible characters except white space, and decomposes (NFD). Canonically equivalent texts fold to the same string.
    """
    if text.isascii() and text.isprintable():
        return text.lower()
    folded = unicodedata.normalize("NFD", text).translate(_folding)
    return unicodedata.normalize("NFD", folded).replace("i\u0307", "i")


def _fold_character(character: str) -> str:
    if character.isspace():
        return " " if unicodedata.category(character) == "Zs" else character
    compatible = unicodedata.normalize("NFKD", character)
    if compatible.startswith(" "):
        return character  # a spacing accent (U+00B4) is not a space
    folded = unicodedata.normalize("NFKD", compatible.casefold()).replace("\u0131", "i")
    return "".join(letter for letter in folded if ord(letter) not in _INVISIBLE or letter == " ")


def search_text(*texts: str | None) -> str:
    """Return the value of a search column for `texts`. A change here needs a migration that fills the column again."""
    folded = [fold(text) for text in texts if text]
    reordered = [other for text in folded if (other := _reverse_marks(text)) != text]
    return _SEPARATOR.join(folded + reordered)


def search_variants(search: str) -> list[str]:
    """Return strings. A row matches `search` if its `search_text` contains at least one of them.

    A longer search never matches more rows. At its end, a search also matches a letter with additional combining marks.
    Canonical order may put another mark before the one searched for. If a letter has several marks, `search_text`
    therefore contains the text twice: with the marks of each letter in canonical order and in reverse order.
    """
    folded = fold(search)
    return list(dict.fromkeys((folded, _reverse_marks(folded))))


_SEPARATOR = "\u200b"
"""Separator of the texts in one search column. Folding removes it from searches, so no match spans two texts."""


def _reverse_marks(folded: str) -> str:
    """Return the text with the combining marks of each letter in reverse order."""
    if folded.isascii():
        return folded
    runs = groupby(folded, key=lambda character: unicodedata.combining(character) > 0)
    return "".join("".join(reversed(list(run)) if marks else run) for marks, run in runs)
