"""What the guide says of an operation's pages, where its parameters and schema leave something out or get it wrong.

`pages: false` is an operation that does not page, `pages: true` one whose pages can be read from its document, and a mapping
gives facts of a page rule, which win over those of the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

PageNote = bool | Mapping[str, Any] | None

# What page parameters are called, in small letters and without underscores and hyphens.
OFFSETS: Final = ("offset", "startindex")
PAGES: Final = ("page", "pagenumber")
CURSORS: Final = ("cursor", "pagetoken", "nexttoken", "scrollid")
MAX_WORD: Final = 200
MAX_DROPS: Final = 20
STYLES: Final = frozenset({"offset", "page", "cursor", "link"})
STEPS: Final = frozenset({"items", "size"})
_WORDS: Final = frozenset({"position", "size", "items", "total", "next_from"})
_COUNTS: Final = frozenset({"first", "page_size", "max_size"})
_CHOICES: Final[Mapping[str, frozenset[str]]] = {"style": STYLES, "step": STEPS, "at": frozenset({"query", "body"})}
PAGE_FACTS: Final = frozenset({*_WORDS, *_COUNTS, *_CHOICES, "inclusive", "drops"})


def parse_pages(note: Any) -> PageNote:
    """The note in a guide or an `x-guide`; None where there is none, or one with another form than `page_problems` allows."""
    # Half a rule would ask for the wrong pages, so a note with any problem is ignored.
    if next(page_problems(note), None) is not None:
        return None
    if isinstance(note, Mapping):
        return {name: tuple(value) if name == "drops" else value for name, value in note.items()}
    return note if isinstance(note, bool) else None


def page_problems(note: Any) -> Iterator[str]:
    """What is wrong with a note on pages; an absent one is right."""
    if note is None or isinstance(note, bool):
        return
    if not isinstance(note, Mapping) or not note:
        yield "pages is neither true, false nor facts of a page rule"
        return
    for name, value in note.items():
        if name not in PAGE_FACTS:
            yield f"pages has no fact {str(name)[:MAX_WORD]!r}: its facts are {', '.join(sorted(PAGE_FACTS))}"
        elif not _fits(name, value):
            yield f"pages.{name} cannot be {str(value)[:MAX_WORD]!r}"


def _fits(name: str, value: Any) -> bool:
    if name in _CHOICES:
        return isinstance(value, str) and value in _CHOICES[name]
    if name in _COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= (0 if name == "first" else 1)
    if name == "drops":
        return isinstance(value, list | tuple) and len(value) <= MAX_DROPS and all(map(_is_word, value))
    return isinstance(value, bool) if name == "inclusive" else _is_word(value)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_WORD and value.isprintable()
