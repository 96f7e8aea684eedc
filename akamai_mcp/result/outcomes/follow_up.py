"""Which call shows the outcome of work that continues, and with which arguments. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.templates import match_segments, segments
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.outcomes.nodes import walk

IDENTIFIER: Final = "id"  # the end of the names of parameters that say which resource is meant: contractId, groupId, gid


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The call that shows how work ended; `missing` names path parameters that the response does not contain."""

    name: str
    arguments: Mapping[str, Any]
    missing: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The follow-up as the agent sees it."""
        facts: dict[str, Any] = {"name": self.name, "arguments": dict(self.arguments)}
        return facts | ({"missing": list(self.missing)} if self.missing else {})


def follow_up(name: str, shown_by: Operation, arguments: Mapping[str, Any], response: Response, body: Any) -> FollowUp:
    """The call of the operation that shows the outcome: its arguments from links, from the call, or from the answer's fields.

    `name` is the tool name of `shown_by`; `arguments` are those of the call that started the work. What that call was given
    to say whose resource it means, such as the contract and the group, is given again.
    """
    path_names = [p.name for p in shown_by.parameters_in("path")]
    linked, query = _from_links(shown_by.path, response, body)
    found: dict[str, Any] = {}
    for parameter in path_names:
        value = linked.get(parameter, arguments.get(parameter))
        found[parameter] = value if value is not None else _field(body, parameter)
    for parameter, required in ((p.name, p.required) for p in shown_by.parameters_in("query")):
        if required or parameter.lower().endswith(IDENTIFIER):
            value = arguments.get(parameter, query.get(parameter))
            found[parameter] = _field(body, parameter) if value is None and required else value
    unknown = [parameter for parameter in path_names if found[parameter] is None]
    # Responses often call the new job's identifier just "id".
    if len(unknown) == 1 and (identifier := _field(body, IDENTIFIER)) is not None:
        found[unknown[0]] = identifier
    known = {parameter: value for parameter, value in found.items() if value is not None}
    return FollowUp(name=name, arguments=known, missing=tuple(p for p in path_names if p not in known))


def _from_links(template: str, response: Response, body: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The path values and the query of the first link in the response that matches the template."""
    wanted = segments(template)
    for link in (response.header("location") or "", *_strings(body)):
        path, query = _split(link) if link.startswith(("/", "https://")) else ("", "")
        # A link may have a prefix before the template, such as a gateway's.
        if path and (values := match_segments(wanted, segments(path)[-len(wanted) :])):
            return values, dict(parse_qsl(query))
    return {}, {}


def _split(link: str) -> tuple[str, str]:
    try:
        parts = urlsplit(link)
    except ValueError:  # any text that begins like an address: `https://[`
        return "", ""
    return parts.path, parts.query


def _strings(node: Any) -> Iterator[str]:
    yield from (value for _, value in walk(node) if isinstance(value, str))


def _field(body: Any, wanted: str) -> Any:
    """The first text or integer of a field with this name, compared without case and underscores."""
    plain = wanted.replace("_", "").lower()
    for name, value in walk(body):
        if name.replace("_", "").lower() == plain and isinstance(value, (str, int)) and not isinstance(value, bool):
            return value
    return None
