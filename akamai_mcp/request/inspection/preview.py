"""Show a request as it would be sent, with secrets redacted."""

from __future__ import annotations

from typing import Any, Final

import orjson

from akamai_mcp.media_types import is_form, is_multipart
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, Streamed
from akamai_mcp.request.redaction import REDACTED, is_secret_header, redact, redact_private_keys, redact_target

MAX_BODY_TEXT: Final = 100_000


def preview(request: Request, *, host: str, switched: bool) -> dict[str, Any]:
    """The method, URL, headers and body of a request; `switched` adds the customer's account switch key, redacted."""
    account = f"{'&' if '?' in request.target else '?'}accountSwitchKey={REDACTED}" if switched else ""
    shown: dict[str, Any] = {
        "method": request.method,
        "url": f"https://{host}{redact_target(request.target)}{account}",
        "headers": {name: REDACTED if is_secret_header(name) else value for name, value in request.headers}
        | {"Authorization": f"EG1-HMAC-SHA256 {REDACTED}"},
    }
    if request.content is not None:
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        shown["body"] = _body(request.content, content_type)
        shown["bodyBytes"] = request.content.size if isinstance(request.content, Streamed) else len(request.content)
    return shown


def _body(content: Content, content_type: str) -> Any:
    """The body as JSON or text; of other content, such as a form with files, only the size in bytes."""
    if isinstance(content, Streamed):
        return {"fromFile": content.size}
    try:
        return redact(orjson.loads(content))
    except orjson.JSONDecodeError:
        pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"binary": len(content)}
    if is_multipart(content_type) or len(text) > MAX_BODY_TEXT:
        return {"text": len(text)}
    return redact_target(f"?{text}")[1:] if is_form(content_type) else redact_private_keys(text)
