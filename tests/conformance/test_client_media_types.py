"""The media types that a call gets by default are those that Akamai's own client names, but for their versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from conformance.test_client_requests import REQUESTS
from exchanges import recorded_exchanges
from samples import no_file

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, place_raw
from akamai_mcp.request.builder import Request, build_request

RULES: Final = "the client was asked for a format of rules, which a caller chooses with accept"
# The kinds that the client names in single calls of an operation, and why they are no defaults.
OTHERWISE: Final = {
    ("papi/v1#get-property-version-rules", "application/vnd.akamai.papirules+json"): RULES,
    ("papi/v1#get-include-version-rules", "application/vnd.akamai.papirules+json"): RULES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the client sent, with the media types that it named."""

    key: str
    path: Any
    query: Any
    body: Any
    accept: str
    content_type: str | None


def sent() -> Iterator[Sent]:
    for row in REQUESTS:
        names = {"accept": row["accept"], "content_type": row["content_type"]}
        yield Sent(key=row["operation"], path=row["path_params"], query=row["query_params"], body=row["body"], **names)
    for one in recorded_exchanges():
        names = {"accept": one.accept, "content_type": one.content_type}
        yield Sent(key=one.operation.key, path=one.path, query=one.query, body=one.body, **names)


def kind(name: str | None) -> str:
    """A media type without its version and its parameters."""
    return re.sub(r"\.(v\d+(\.\d+)*(-\d+)*|latest)(?=\+|\Z)", "", (name or "").partition(";")[0].strip().lower())


def default_request(operation: Operation, one: Sent) -> Request:
    placed = place_raw(operation, path=one.path, query=one.query, headers={}, body=ABSENT if one.body is None else one.body)
    return build_request(operation, placed, no_file)


@pytest.mark.skipif(not (REQUESTS and recorded_exchanges()), reason="the client's requests are not beside the checkout")
def test_the_default_media_types_of_503_requests_are_the_clients(catalogue: Catalogue) -> None:
    requests = list(sent())
    assert len(requests) == 503
    others: set[tuple[str, str]] = set()
    for one in requests:
        headers = {
            name.lower(): value for name, value in default_request(catalogue.operation(catalogue.get(one.key)), one).headers
        }
        pairs = [(one.accept, headers["accept"])] + (
            [(one.content_type, headers["content-type"])] if one.body is not None else []
        )
        others |= {(one.key, kind(theirs)) for theirs, ours in pairs if kind(theirs) != kind(ours)}
    assert others == OTHERWISE.keys()
