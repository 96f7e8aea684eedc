"""The action that a verb asks for: read, create, change, remove, or any other act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from akamai_mcp.catalogue.search.terms import word_set

Kind = Literal["read", "create", "change", "remove", "act"]

_VERBS: Final[Mapping[Kind, str]] = {
    "read": """get fetch read view inspect retrieve see check look describe list show enumerate browse display return find give
        tell query search report download export count obtain provide""",
    "create": """create add new make register onboard open generate order request submit issue insert write upload provision
        import save clone copy duplicate reserve allocate make attach append invite""",
    "change": """update change edit modify set replace rename adjust assign overwrite move switch enable disable turn raise
        lower increase decrease extend configure reorder transfer defer grant put""",
    "remove": "delete remove drop destroy erase wipe discard cancel revoke decommission detach unassign kill scrap trash nuke",
    "act": """activate deactivate purge flush invalidate clear reset lock unlock run start launch perform execute apply stop
        restart approve reject acknowledge ack confirm send deploy push publish roll rollback block unblock rotate validate
        verify test convert subscribe unsubscribe restore revert promote resend hide unhide pin unpin freeze pause resume
        suspend translate grep mute unmute""",
}
# The plain forms, which alone can tell somebody to do something.
BASE_VERBS: Final = frozenset(verb for text in _VERBS.values() for verb in text.split())
# Verbs so common that they count for less than other words.
_PLAIN: Final = """get fetch read view retrieve see check look describe list show display return find create add new make update
    change edit modify set delete remove"""
# Words in descriptions that fit every operation.
VAGUE_WORDS: Final = word_set(
    """accessible associated available configured current detail detailed details info information metadata requested selected
    single supported"""
)
# Verb forms that are nouns just as often.
NOUNS: Final = word_set(
    """requests reports tests searches queries changes updates sets exports checks views downloads lists uses logs orders moves
    issues opens"""
)


def _forms(verb: str) -> set[str]:
    return {verb, f"{verb}s", f"{verb}es", f"{verb.removesuffix('e')}ing", *([f"{verb[:-1]}ies"] if verb.endswith("y") else [])}


# Reversed, so that a verb in two groups belongs to the first one.
_KIND_OF: Final[Mapping[str, Kind]] = {
    form: kind for kind, text in reversed(tuple(_VERBS.items())) for verb in text.split() for form in _forms(verb)
}
PLAIN_VERBS: Final = frozenset({form for verb in _PLAIN.split() for form in _forms(verb)} - {"sets", "changes", "lists", "views"})
PLAIN_WORDS: Final = PLAIN_VERBS | VAGUE_WORDS


def kind_of(word: str) -> Kind | None:
    """The action of a lower-case verb, or None if the word is not a known verb."""
    return _KIND_OF.get(word)
