"""Text without characters that nobody sees: a document could hide instructions in them, or reorder what is read."""

from __future__ import annotations

import unicodedata
from typing import Final

# Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties), which Python does not know: first and last of each range.
_IGNORABLE: Final = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
_BLANK_BRAILLE: Final = 0x2800
_KEPT: Final = "\t\n"


def is_hidden(character: str) -> bool:
    """True for a character that is drawn as nothing, or that acts on the text around it."""
    code = ord(character)
    return not character.isprintable() or code == _BLANK_BRAILLE or any(first <= code <= last for first, last in _IGNORABLE)


class _Shown(dict[int, str | None]):
    """What stands for each character in `str.translate`; a character is looked at once."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        shown: str | None = character
        if character not in _KEPT and is_hidden(character):
            # Controls and separators part words; what is merely invisible stands within them.
            shown = " " if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Zs"} else None
        self[code] = shown
        return shown


_SHOWN: Final = _Shown()


def visible(text: str) -> str:
    """The text with tabs and line feeds, without other hidden characters; separators and controls become spaces."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)
