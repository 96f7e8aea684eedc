"""An error response with what is known of its call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from akamai_mcp.edgegrid.credentials import DEFAULT_MAX_BODY
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.effect import effect_of
from akamai_mcp.pipeline.responses.gateway import Gateway, gateway_of
from akamai_mcp.pipeline.responses.problem import read_problem

MAX_NAMED: Final = 10  # parameters and warnings that a line names
IDENTIFIER: Final = "id"  # the end of the names of parameters that say which resource is meant
LONGEST_START: Final = 1000  # bytes in which an HTML page shows that it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What advice has to know of a request: the bytes of its body if the signature covers it, and of the customer's section."""

    signed_bytes: int = 0
    max_body: int = DEFAULT_MAX_BODY
    switched: bool = False


NOTHING_SENT: Final = Sent()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error response with what is known of its call; `retry_after` is the time in seconds after which to repeat it."""

    response: Response
    operation: Operation | None = None
    sent: Sent = NOTHING_SENT
    retry_after: float | None = None

    @cached_property
    def problem(self) -> Mapping[str, Any]:
        """The members of the problem document; empty if there is none."""
        return read_problem(self.response.content)

    @cached_property
    def words(self) -> str:
        """What the problem says in words, in small letters."""
        return " ".join(str(self.problem.get(name, "")) for name in ("type", "title", "detail")).lower()

    def says(self, *words: str) -> bool:
        """Return True if the problem contains one of these words."""
        return any(word in self.words for word in words)

    @property
    def gateway(self) -> Gateway | None:
        """The check of the gateway that refused the request, if it was one."""
        return gateway_of(self.problem)

    @property
    def is_html(self) -> bool:
        """True if the response is a page for people, as the edge sends it."""
        return b"<html" in self.response.content[:LONGEST_START].lower()

    @property
    def is_put_off(self) -> bool:
        """True if nothing was done and it is known when the call may go again."""
        response = self.response
        return self.retry_after is not None and effect_of(response) == "none" and not response.after_unknown

    @property
    def is_signed_otherwise(self) -> bool:
        """True if the signature covers another part of the body than the bytes that Akamai reads for it."""
        most = self.sent.max_body
        return most != DEFAULT_MAX_BODY and self.sent.signed_bytes > min(most, DEFAULT_MAX_BODY)

    @property
    def is_read(self) -> bool:
        """True if the call surely changed nothing."""
        return self.operation is not None and self.operation.is_safe

    @property
    def api(self) -> str:
        """The product and version of the operation."""
        return f"{self.operation.product}/{self.operation.version}" if self.operation else "this API"

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The names of the parameters that say which resource is meant."""
        if self.operation is None:
            return ()
        in_path = [p.name for p in self.operation.parameters_in("path")]
        in_query = [p.name for p in self.operation.parameters_in("query") if p.name.lower().endswith(IDENTIFIER)]
        return tuple(dict.fromkeys((*in_path, *in_query)))[:MAX_NAMED]

    @property
    def warnings(self) -> tuple[str, ...]:
        """The identifiers of the warnings that the call would have to acknowledge."""
        found = self.problem.get("warnings")
        items = [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
        return tuple(str(item["messageId"]) for item in items if item.get("messageId"))[:MAX_NAMED]
