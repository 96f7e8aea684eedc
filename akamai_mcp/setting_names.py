"""Names of environment variables that look like settings and are none: a mistyped safety setting must not be ignored."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX

# From this similarity (difflib's ratio) on, a name is taken for a mistyped setting.
SIMILAR: Final = 0.6
# From this one on it is taken for that setting alone, whatever safety setting is similar too.
CERTAIN: Final = 0.8
PREFIX_ALIKE: Final = 0.85
# A shorter beginning of a setting's name, such as `AU`, says nothing about which setting was meant.
SHORTEST_BEGINNING: Final = 4
# Credentials of a section named `mcp` have the same prefix; AKAMAI_MCP_HOST_NAME belongs to docker-compose.yml.
OTHERS: Final = frozenset(
    {"HOST", "CLIENT_TOKEN", "CLIENT_SECRET", "ACCESS_TOKEN", "ACCOUNT_KEY", "MAX_BODY", "HEADERS_TO_SIGN", "HOST_NAME"}
)
FILE: Final = "_FILE"
# What other software calls the work of a safety setting.
OTHER_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("BLOCK", "BLOCKLIST", "BLACKLIST", "FORBID", "EXCLUDE"), "DENY"),
    **dict.fromkeys(("WHITELIST", "INCLUDE"), "ALLOW"),
    **dict.fromkeys(("RO", "NO_WRITE", "NO_WRITES", "SAFE_MODE"), "READ_ONLY"),
    **dict.fromkeys(("ASK", "APPROVAL"), "CONFIRM"),
    "STRICT": "VALIDATION",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownName:
    """A variable that is no setting; `meant` is the most similar setting or "", `safety` whether that one is a safety setting."""

    name: str
    meant: str = ""
    safety: bool = False

    def __str__(self) -> str:
        return f"{self.name} is not a setting{f'; did you mean {self.meant}?' if self.meant else ' and has no effect.'}"


def unknown_names(environment: Mapping[str, str], settings: Mapping[str, bool]) -> Iterator[UnknownName]:
    """Yield each variable that is no setting; `settings` tells for each variable whether it is a safety setting."""
    known = {name.upper() for name in settings}
    folded = set(map(fold, settings))
    safe = {one: _own(one) for one in settings if settings[one]}
    for name in sorted(environment):
        if not environment[name].strip() or name.upper() in known or _belongs_to_others(name.upper()):
            continue
        if name.upper().startswith(PREFIX) or fold(name) in folded:
            yield _judge(name, settings)
        elif meant := _with_misspelt_prefix(fold(name), safe):
            yield UnknownName(name=name, meant=meant, safety=True)


def fold(name: str) -> str:
    """The letters and digits of a name, without case: what is left when underscores are forgotten or misplaced."""
    return "".join(filter(str.isalnum, name)).lower()


def is_like(name: str, setting: str) -> bool:
    """True if a folded name is probably meant as a setting: similar to it, contains it, or begins it."""
    begins = len(name) >= SHORTEST_BEGINNING and setting.startswith(name)
    return setting in name or begins or _ratio(name, setting) >= SIMILAR


def has_its_words(name: str, setting: str) -> bool:
    """True if a name has the first word of a setting, or only words of it in any order: `AUDIT_PATH`, `ONLY_READ`, `JWKS`."""
    mine, its = name.upper().split("_"), setting.split("_")
    begins = len(mine[0]) >= SHORTEST_BEGINNING and mine[0] == its[0]
    return begins or (len(fold(name)) >= SHORTEST_BEGINNING and {*mine} <= {*its})


def _with_misspelt_prefix(folded: str, settings: Mapping[str, str]) -> str | None:
    """The first setting whose folded own name ends a folded name, after what is nearly the prefix."""
    ends = (one for one, own in settings.items() if folded.endswith(own))
    return next((one for one in ends if _ratio(folded.removesuffix(settings[one]), fold(PREFIX)) >= PREFIX_ALIKE), None)


def _belongs_to_others(name: str) -> bool:
    own = name.removeprefix(PREFIX)
    return own in OTHERS or own.removesuffix(FILE) in OTHERS


def _judge(name: str, settings: Mapping[str, bool]) -> UnknownName:
    """Find the setting that was meant. In doubt a safety setting counts, so that doubt stops the start."""
    own = name.upper().removeprefix(PREFIX)
    if other := OTHER_WORDS.get(own):
        return UnknownName(name=name, meant=PREFIX + other, safety=settings.get(PREFIX + other, False))
    folded = fold(name).removeprefix(fold(PREFIX))

    def likeness(setting: str) -> float:
        return _ratio(folded, _own(setting))

    like = [one for one in settings if is_like(folded, _own(one)) or has_its_words(own, one.removeprefix(PREFIX))]
    if not like:
        return UnknownName(name=name)
    certain = [one for one in like if likeness(one) >= CERTAIN]
    meant = max(certain or [one for one in like if settings[one]] or like, key=lambda one: (likeness(one), settings[one]))
    return UnknownName(name=name, meant=meant, safety=settings[meant])


def _own(setting: str) -> str:
    return fold(setting.removeprefix(PREFIX))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
