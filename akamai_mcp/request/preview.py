"""A request as it would go out, for a person to read: whole, with the values of secrets masked."""

from __future__ import annotations

from typing import Any, Final

import orjson

from akamai_mcp.media_types import is_form, is_multipart
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, Streamed
from akamai_mcp.request.masking import MASK, is_secret_name, mask, mask_private_keys, mask_target

MAX_TEXT: Final = 100_000


def preview(request: Request, *, host: str, switched: bool) -> dict[str, Any]:
    """Method, URL, headers and body of a request; `switched` says that the customer's account key is added."""
    account = f"{'&' if '?' in request.target else '?'}accountSwitchKey={MASK}" if switched else ""
    shown: dict[str, Any] = {
        "method": request.method,
        "url": f"https://{host}{mask_target(request.target)}{account}",
        "headers": {name: MASK if is_secret_name(name) else value for name, value in request.headers}
        | {"Authorization": f"EG1-HMAC-SHA256 {MASK}"},
    }
    if request.content is not None:
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        shown["body"] = _body(request.content, content_type)
        shown["bodyBytes"] = request.content.size if isinstance(request.content, Streamed) else len(request.content)
    return shown


def _body(content: Content, content_type: str) -> Any:
    """The body as JSON or text; what is neither, such as a form with files, is counted."""
    if isinstance(content, Streamed):
        return {"fromFile": content.size}
    try:
        return mask(orjson.loads(content))
    except orjson.JSONDecodeError:
        pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"binary": len(content)}
    if is_multipart(content_type) or len(text) > MAX_TEXT:
        return {"text": len(text)}
    return mask_target(f"?{text}")[1:] if is_form(content_type) else mask_private_keys(text)
