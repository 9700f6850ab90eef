"""Free texts: normalised once, so that twins are equal, and free of what disturbs a screen or a log."""

import unicodedata

DESCRIPTION_LENGTH_MAX = 2000
NAME_LENGTH_MAX = 200
REFERENCE_LENGTH_MAX = 64
KEY_LENGTH_MAX = 255

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff") | {
    chr(selector) for selector in (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0))
}


def normalised(text: str) -> str:
    """NFC, line ends as \\n, without surrounding space."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def normalised_reference(text: str) -> str:
    """As bookkeepers compare: compatibility forms folded (NFKC), inner spaces to one, nothing invisible."""
    folded = unicodedata.normalize("NFKC", "".join(char for char in text if char not in _INVISIBLE))
    return " ".join(folded.split())


def disturbing_character(text: str, *, multiline: bool = False) -> str | None:
    """The name of the first control, bidirectional or unpaired surrogate character, None where there is none."""
    if text.isprintable():  # Which none of these characters is; most texts need no closer look.
        return None
    for char in text:
        if multiline and char in "\n\t":
            continue
        if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs") or char in "\u2028\u2029":
            return f"U+{ord(char):04X}"
    return None
