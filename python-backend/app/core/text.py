"""Properties of Unicode text: what is invisible, and what search treats as equal."""

import unicodedata

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
"""Characters without ink: White_Space, Cc and Default_Ignorable_Code_Point (Unicode's DerivedCoreProperties.txt and
PropList.txt), interlinear annotations and the blank Braille pattern."""

_INVISIBLE = frozenset(code for first, last in _RANGES for code in range(first, last + 1))


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen: it is empty, or consists of spaces, controls and other invisible characters."""
    return not text or all(ord(character) in _INVISIBLE for character in text)


class _Folding(dict[int, str]):
    """A table for str.translate, computed on first use of each character."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_folding = _Folding()


def fold(text: str) -> str:
    """`text` in the form that search compares.

    Without case (Unicode's full case folding), compatibility forms (NFKD: ligatures, full width), combining marks and
    invisible characters. It maps each character by itself. So canonically equal texts fold alike, in any order of their
    marks, and `fold(a + b) == fold(a) + fold(b)`: a longer search never finds more.
    """
    return text.lower() if text.isascii() and text.isprintable() else text.translate(_folding)


def _fold_character(character: str) -> str:
    if character.isspace():
        return " " if unicodedata.category(character) == "Zs" else character
    base = _without_marks(unicodedata.normalize("NFD", character))
    compatible = unicodedata.normalize("NFKD", base)
    if compatible.startswith(" "):
        return base  # a spacing accent (U+00B4) is not a space
    folded = unicodedata.normalize("NFKD", _without_marks(compatible).casefold())
    # The capital of dotless i is I; case folding alone would tell them apart.
    return _without_marks(folded).replace("\u0131", "i")


def _without_marks(text: str) -> str:
    """Drop the marks that reorder (iota subscript apart, which is a letter in upper case) and what is invisible."""
    return "".join(
        character
        for character in text
        if (not unicodedata.combining(character) or character == "\u0345")
        and (ord(character) not in _INVISIBLE or character == " ")
    )
