"""Names of environment variables that look like settings and are none: a mistyped safety setting must not be ignored."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX

# From this similarity (difflib's ratio) on, a name is taken for a mistyped setting.
SIMILAR: Final = 0.6
# A shorter beginning of a setting's name, such as `AU`, says nothing about which setting was meant.
SHORTEST_BEGINNING: Final = 4
# Credentials of a section named `mcp` have the same prefix; AKAMAI_MCP_HOST_NAME belongs to docker-compose.yml.
OTHERS: Final = frozenset(
    {"HOST", "CLIENT_TOKEN", "CLIENT_SECRET", "ACCESS_TOKEN", "ACCOUNT_KEY", "MAX_BODY", "HEADERS_TO_SIGN", "HOST_NAME"}
)
FILE: Final = "_FILE"


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
    for name in sorted(environment):
        if not environment[name].strip() or name.upper() in known or _belongs_to_others(name.upper()):
            continue
        if name.upper().startswith(PREFIX) or fold(name) in folded:
            yield _judge(name, settings)


def fold(name: str) -> str:
    """The letters and digits of a name, without case: what is left when underscores are forgotten or misplaced."""
    return "".join(filter(str.isalnum, name)).lower()


def is_like(name: str, setting: str) -> bool:
    """True if a folded name is probably meant as a setting: similar to it, contains it, or begins it."""
    begins = len(name) >= SHORTEST_BEGINNING and setting.startswith(name)
    return setting in name or begins or _ratio(name, setting) >= SIMILAR


def _belongs_to_others(name: str) -> bool:
    own = name.removeprefix(PREFIX)
    return own in OTHERS or own.removesuffix(FILE) in OTHERS


def _judge(name: str, settings: Mapping[str, bool]) -> UnknownName:
    """Find the setting that was meant. Among equally good ones a safety setting counts, so that doubt stops the start."""
    folded = fold(name).removeprefix(fold(PREFIX))
    like = [setting for setting in settings if is_like(folded, _own(setting))]
    if not like:
        return UnknownName(name=name)
    meant = max(like, key=lambda setting: (_ratio(folded, _own(setting)), settings[setting]))
    return UnknownName(name=name, meant=meant, safety=settings[meant])


def _own(setting: str) -> str:
    return fold(setting.removeprefix(PREFIX))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
