"""Refuse a request that names an account, a method or a URL beside its own, whatever the name came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.paths import readings

_ACCOUNT: Final = "accountswitchkey"
_METHOD_PARAMETERS: Final = frozenset({"_method", "$method", "_httpmethod", "$httpmethod"})
# However often it is encoded: what stands between this server and Akamai may decode more than once.
_SEPARATOR: Final = re.compile(r"[?&;]|%(?:25)*(?:3[FfBb]|26)")
_LONGEST: Final = 64  # characters; the names that override something are shorter
# The letters of a name that chooses another method, and of a header that chooses another place.
_OVERRIDES: Final = re.compile(
    r"x?(?:http)?(?:override|original|request|tunnel)?(?:method|verb)override|(?:x|http|xhttp)\w*(?:method|verb)"
    r"|x(?:original|rewrite|override)(?:ur[il]|path|host)|x?forwarded\w*"
)
_OTHER_PLACE: Final = re.compile(
    r"x?(?:http|envoy)?(?:original|rewrite|override|request|real|proxy)\w*(?:ur[il]|path|host)"
    r"|x?http(?:path|host)override|x?httpdestinationurl|xhost|xaccelredirect|xsendfile"
)


def refuse_overrides(target: str, headers: Iterable[tuple[str, str]]) -> None:
    """Check a request before the transport adds the customer's account switch key. Raises ArgumentError."""
    for name in _parameters(target):
        letters = "".join(filter(str.isalnum, name))
        if letters == _ACCOUNT or name in _METHOD_PARAMETERS or _OVERRIDES.fullmatch(letters):
            _refuse(name)
    for name, _ in headers:
        letters = "".join(filter(str.isalnum, name)).lower()
        if letters.endswith(_ACCOUNT) or _OVERRIDES.fullmatch(letters) or _OTHER_PLACE.fullmatch(letters):
            _refuse(name)


def refuse_overrides_in(names: Iterable[str]) -> None:
    """Check the names of a body's own members: frameworks read `_method` there too. Raises ArgumentError."""
    for name in names:
        if any(one in _METHOD_PARAMETERS for one in _read_as(name[:_LONGEST])):
            _refuse(name)


def _parameters(target: str) -> Iterator[str]:
    """The name of each parameter behind `?`, `&` or `;`, encoded or not, decoded and folded."""
    for piece in _SEPARATOR.split(target)[1:]:
        yield from _read_as(piece.partition("=")[0].partition("/")[0])


def _read_as(name: str) -> Iterator[str]:
    """What lenient servers may read a name as, without the brackets of a list or a member."""
    for reading in readings(name):
        yield reading.strip("/").partition("=")[0].partition("[")[0]


def _refuse(name: str) -> None:
    raise ArgumentError(
        f"The request has {name[:80]!r}, which could choose another account, method or URL.",
        advice="Leave it out: choose the account with `customer`, and the operation by its name.",
    )
