"""Media types: CPS wants that of the kind of input, GTM wants one that is a media type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final

from akamai_mcp.media_types import ANY_TYPE, JSON_TYPE, base_type
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.account.certificates.changes import SENT_AS, SHOWN_AS
from akamai_mcp.sandbox.account.dns.domains import MEDIA_TYPE as GTM
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.responses import success_response

_VERSION: Final = re.compile(r"\.v[\d.]+(?=\+|$)")
INPUT: Final = "allowedInputTypeParam"
WRITES: Final = frozenset({"POST", "PUT", "PATCH"})


def refuse_type(ask: Ask, operation: Operation) -> Answer | None:
    """The refusal of a request that accepts or sends another kind than there is, else None. Versions are not compared."""
    shown, sent = _known(ask, operation)
    if shown and not _overlap(ask.accept.split(","), (*shown, ANY_TYPE)):
        detail = f"The answer is {', '.join(shown)}, and the request accepts {ask.accept}."
        return Answer(status=HTTPStatus.NOT_ACCEPTABLE, problem=detail)
    if sent and ask.method in WRITES and ask.body is not None and not _overlap([ask.body_type], sent):
        detail = f"The body must be {', '.join(sent)}, and the request sent {ask.body_type}."
        return Answer(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, problem=detail)
    return None


def _known(ask: Ask, operation: Operation) -> tuple[Sequence[str], Sequence[str]]:
    """The types that an answer may have, and a body; none where anything goes."""
    product = ask.match.key[0]
    if product == "config-gtm":
        return (GTM, JSON_TYPE), (GTM, JSON_TYPE)
    if product != "cps":
        return (), ()
    if INPUT in ask.match.values:
        kind, is_read = ask.match.values[INPUT], ask.method == "GET"
        return (SHOWN_AS.get(kind, ()), ()) if is_read else (_declared(operation), SENT_AS.get(kind, ()))
    bodies = [media.name for media in operation.request_body.content] if operation.request_body else []
    return _declared(operation), bodies


def _declared(operation: Operation) -> list[str]:
    return [media.name for media in success_response(operation).content]


def _overlap(some: Iterable[str], others: Iterable[str]) -> bool:
    return bool({_kind(one) for one in some} & {_kind(other) for other in others})


def _kind(media_type: str) -> str:
    return _VERSION.sub("", base_type(media_type))
