"""A request as it would go out, for a person to read: whole, with the values of secrets masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from akamai_mcp.request.builder import Request

MASK: Final = "***"
MAX_TEXT: Final = 100_000
_SECRET: Final = re.compile(
    r"passw(or)?d|passphrase|secret|private_?-?key|credential|(access|auth|api|refresh|client|bearer)_?-?token|^token$|^pin$"
    r"|^(ssh|tsig|api|account_?-?switch)_?-?key$|^cookie$|^authorization$",
    re.IGNORECASE,
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def is_secret_name(name: str) -> bool:
    """True where a field of this name holds a credential."""
    return _SECRET.search(name) is not None


def preview(request: Request, *, host: str, switched: bool) -> dict[str, Any]:
    """Method, URL, headers and body of a request; `switched` says that the customer's account key is added."""
    account = f"{'&' if '?' in request.target else '?'}accountSwitchKey={MASK}" if switched else ""
    shown: dict[str, Any] = {
        "method": request.method,
        "url": f"https://{host}{mask_query(request.target)}{account}",
        "headers": {name: MASK if is_secret_name(name) else value for name, value in request.headers}
        | {"Authorization": f"EG1-HMAC-SHA256 {MASK}"},
    }
    if request.content is not None:
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        shown["body"] = _body(request.content, content_type)
        shown["bodyBytes"] = len(request.content)
    return shown


def mask_query(target: str) -> str:
    """A target whose query values are masked where their name says that they are secret."""
    path, mark, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&"))
    return (
        path + mark + "&".join(f"{name}{sign}{MASK if sign and is_secret_name(name) else value}" for name, sign, value in pairs)
    )


def mask(value: Any) -> Any:
    """A JSON value in which every member with a secret's name, and every private key, is masked."""
    if isinstance(value, Mapping):
        return {
            name: MASK if is_secret_name(str(name)) and member is not None else mask(member) for name, member in value.items()
        }
    if isinstance(value, list):
        return [mask(member) for member in value]
    return _PRIVATE_KEY.sub(MASK, value) if isinstance(value, str) else value


def _body(content: bytes, content_type: str) -> Any:
    """The body as JSON or text; what is neither, such as a form with files, is counted."""
    try:
        return mask(orjson.loads(content))
    except orjson.JSONDecodeError:
        pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"binary": len(content)}
    if content_type.startswith("multipart/") or len(text) > MAX_TEXT:
        return {"text": len(text)}
    is_form = content_type.startswith("application/x-www-form-urlencoded")
    return mask_query(f"?{text}")[1:] if is_form else _PRIVATE_KEY.sub(MASK, text)
