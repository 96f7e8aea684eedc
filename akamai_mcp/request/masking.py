"""Blank out what may be secret in a request, before a person or a file gets to see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

MASK: Final = "***"
_NAMES: Final = r"secret|token|passw|pwd|key|auth|signature|credential|jwt|session|cookie"
_NAME: Final = re.compile(_NAMES, re.IGNORECASE)
# A value that is itself an object or a query: {"password": "x"}, password=x, password:x.
_INSIDE: Final = re.compile(rf"(?:{_NAMES})[\w-]*[\"'\]]*\s*[:=]", re.IGNORECASE)

# Names of fields in bodies and headers: narrower, since `key` and `auth` name much there that is no secret.
_FIELD: Final = re.compile(
    r"passw(or)?d|passphrase|secret|private_?-?key|credential|(access|auth|api|refresh|client|bearer)_?-?token|^token$|^pin$"
    r"|^(ssh|tsig|api|account_?-?switch)_?-?key$|^cookie$|^authorization$",
    re.IGNORECASE,
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def mask_target(target: str) -> str:
    """A path and query with the values of secret-looking query parameters blanked out."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(_mask_pair(pair) for pair in query.split("&"))


def _mask_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if value and (_NAME.search(unquote_plus(name)) or _INSIDE.search(unquote_plus(value))):
        return f"{name}{equals}{MASK}"
    return pair


def is_secret_name(name: str) -> bool:
    """True where a field of this name holds a credential."""
    return _FIELD.search(name) is not None


def mask(value: Any) -> Any:
    """A JSON value in which every member with a secret's name, and every private key, is masked."""
    if isinstance(value, Mapping):
        return {
            name: MASK if is_secret_name(str(name)) and member is not None else mask(member) for name, member in value.items()
        }
    if isinstance(value, list):
        return [mask(member) for member in value]
    return mask_private_keys(value) if isinstance(value, str) else value


def mask_private_keys(text: str) -> str:
    """A text without the private keys (RFC 7468) in it."""
    return _PRIVATE_KEY.sub(MASK, text)
