"""Redact secrets in a request before it is shown or logged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

REDACTED: Final = "***"
_NAMES: Final = r"secret|token|passw|pwd|key|auth|signature|credential|jwt|session|cookie"
_NAME: Final = re.compile(_NAMES, re.IGNORECASE)
# A value that contains an object or a query: {"password": "x"}, password=x, password:x.
_INSIDE: Final = re.compile(rf"(?:{_NAMES})[\w-]*[\"'\]]*\s*[:=]", re.IGNORECASE)

# For fields of bodies and headers the names are narrower: `key` and `auth` often name things there that are not secret.
_FIELD: Final = re.compile(
    r"passw(or)?d|passphrase|secret|private_?-?key|credential|(access|auth|api|refresh|client|bearer)_?-?token|^token$|^pin$"
    r"|^(ssh|tsig|api|account_?-?switch)_?-?key$|^cookie$|^authorization$",
    re.IGNORECASE,
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def redact_target(target: str) -> str:
    """The path and query with the values of query parameters redacted that may be secret."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(_redact_pair(pair) for pair in query.split("&"))


def _redact_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if value and (_NAME.search(unquote_plus(name)) or _INSIDE.search(unquote_plus(value))):
        return f"{name}{equals}{REDACTED}"
    return pair


def is_secret_name(name: str) -> bool:
    """True if a field with this name holds a credential."""
    return _FIELD.search(name) is not None


def is_secret_header(name: str) -> bool:
    """True if a header with this name may hold a credential: few headers have such names, and all of those mean it."""
    return _NAME.search(name) is not None


def redact(value: Any) -> Any:
    """A copy of a JSON value with every member that has a secret name, and every private key, redacted."""
    if isinstance(value, Mapping):
        return {
            name: REDACTED if is_secret_name(str(name)) and member is not None else redact(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [redact(member) for member in value]
    return redact_private_keys(value) if isinstance(value, str) else value


def holds_secret(value: Any) -> bool:
    """True if `redact` would change a JSON value."""
    waiting: list[Any] = [value]
    known: set[str] = set()  # names that are none of a secret: the same few stand in every row of a large answer
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            names = {str(name) for name, member in one.items() if member is not None and member != REDACTED} - known
            if any(map(is_secret_name, names)):
                return True
            known |= names
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str) and _PRIVATE_KEY.search(one):
            return True
    return False


def redact_private_keys(text: str) -> str:
    """The text with every private key (PEM, RFC 7468) redacted."""
    return _PRIVATE_KEY.sub(REDACTED, text)
