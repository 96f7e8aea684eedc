"""The account's routes as one table, and the way from a request to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from akamai_mcp.media_types import JSON_TYPE, may_be_json
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.account.account import Account, Handler
from akamai_mcp.sandbox.account.business.routes import ROUTES as BUSINESS
from akamai_mcp.sandbox.account.certificates.routes import ROUTES as CERTIFICATES
from akamai_mcp.sandbox.account.dns.routes import ROUTES as DNS
from akamai_mcp.sandbox.account.edge.routes import ROUTES as EDGE
from akamai_mcp.sandbox.account.papi.routes import ROUTES as PAPI
from akamai_mcp.sandbox.account.security.routes import ROUTES as SECURITY
from akamai_mcp.sandbox.account.told import RefusalError, Told
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.responses import chosen_media, has_body, status_of, success_response

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    **PAPI,
    **BUSINESS,
    **CERTIFICATES,
    **DNS,
    **EDGE,
    **SECURITY,
}


def covers(ask: Ask) -> bool:
    """True for an operation that an account answers."""
    return (ask.method, ask.match.route.template) in ROUTES


def answer_from(account: Account, ask: Ask, operation: Operation) -> Answer | None:
    """What the account answers, or None if it does not know the operation.

    A success has the status and the media type that the operation's document declares.
    """
    handler = ROUTES.get((ask.method, ask.match.route.template))
    if handler is None:
        return None
    try:
        told = handler(account, ask)
    except RefusalError as refused:
        return Answer(status=refused.status, problem=refused.detail, members=refused.members)
    return _encoded(told if isinstance(told, Told) else Told(value=told), ask, operation)


def _encoded(told: Told, ask: Ask, operation: Operation) -> Answer:
    response = success_response(operation)
    status = told.status or status_of(response)
    if told.value is None or (not has_body(response) and told.status is None):
        return Answer(status=status, location=told.location, headers=told.headers)
    declared = chosen_media(response, ask.accept).name if response.content else JSON_TYPE
    media_type = told.media_type or _concrete(declared, told.value)
    return Answer(status=status, media_type=media_type, body=_body(told.value), location=told.location, headers=told.headers)


def _concrete(declared: str, value: Any) -> str:
    # A document says `*/*` where a type depends on more than the operation.
    return declared if isinstance(value, bytes | str) or (may_be_json(declared) and "*" not in declared) else JSON_TYPE


def _body(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else orjson.dumps(value)
