"""Follow an asynchronous job: which call shows its status, and whether it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.templates import match_segments, segments
from akamai_mcp.pipeline.call import Response

Progress = Literal["pending", "done", "failed", "unknown"]

# A response may be large; identifiers and status fields are near its top.
MAX_NODES: Final = 2_000
STATUS_FIELDS: Final = frozenset(
    {"status", "state", "activationstatus", "executionstatus", "processingstatus", "requeststatus", "bulksearchstatus",
     "bulkcreateversionsstatus", "bulkpatchstatus", "bulkactivationstatus", "propagationstatus", "overallstatus",
     "changestatus", "searchstatus", "result_status", "uploadstatus", "jobstatus"}
)  # fmt: skip
PENDING: Final = frozenset(
    """pending new queued submitted processing running started scheduled waiting in_progress inprogress in-progress
    activating deactivating deploying initializing initialized accepted received created provisioning pending_activation
    pending_deactivation pending_cancellation presubmit zone_1 zone_2 zone_3 awaiting uninitialized uploading building
    wait-upload-third-party coordinate-domain-validation verify-domains requested validating""".split()
)
DONE: Final = frozenset(
    """active activated complete completed success successful succeeded done finished deployed inactive deactivated
    deleted ok ready live published available closed valid validated provisioned""".split()
)
FAILED: Final = frozenset(
    """failed failure error errored aborted cancelled canceled rejected expired timeout timed_out invalid denied
    activation_failed deactivation_failed""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The call that shows a job's status; `missing` names path parameters that the response does not contain."""

    name: str
    arguments: Mapping[str, Any]
    missing: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The follow-up as the agent sees it."""
        facts: dict[str, Any] = {"name": self.name, "arguments": dict(self.arguments)}
        return facts | ({"missing": list(self.missing)} if self.missing else {})


def follow_up(name: str, job: Operation, arguments: Mapping[str, Any], response: Response, body: Any) -> FollowUp:
    """The call of the job's operation, its arguments from the response's links, the call's arguments or the response's fields.

    `name` is the tool name of `job`; `arguments` are those of the call that started it.
    """
    path_names = [p.name for p in job.parameters_in("path")]
    wanted = [*path_names, *(p.name for p in job.parameters_in("query") if p.required)]
    linked = _from_links(job.path, response, body)
    found: dict[str, Any] = {}
    for parameter in wanted:
        value = linked.get(parameter, arguments.get(parameter))
        found[parameter] = value if value is not None else _field(body, parameter)
    unknown = [parameter for parameter in path_names if found[parameter] is None]
    # Responses often call the new job's identifier just "id".
    if len(unknown) == 1 and (identifier := _field(body, "id")) is not None:
        found[unknown[0]] = identifier
    known = {parameter: value for parameter, value in found.items() if value is not None}
    return FollowUp(name=name, arguments=known, missing=tuple(p for p in path_names if p not in known))


def _from_links(template: str, response: Response, body: Any) -> dict[str, str]:
    """The path values in the first link of the response that matches the template."""
    wanted = segments(template)
    for link in (response.header("location") or "", *_strings(body)):
        # A link may have a prefix before the template, such as a gateway's.
        if link.startswith(("/", "https://")) and (values := match_segments(wanted, segments(_path_of(link))[-len(wanted) :])):
            return values
    return {}


def _path_of(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:  # any text that begins like an address: `https://[`
        return ""


def _strings(node: Any) -> Iterator[str]:
    yield from (value for _, value in _walk(node) if isinstance(value, str))


def _walk(node: Any) -> Iterator[tuple[str, Any]]:
    """The (field name, value) pairs of a body, breadth first, at most MAX_NODES."""
    queue: list[tuple[str, Any]] = [("", node)]
    for _ in range(MAX_NODES):
        if not queue:
            return
        name, value = queue.pop(0)
        yield name, value
        if isinstance(value, Mapping):
            queue += [(str(key), member) for key, member in value.items()]
        elif isinstance(value, list):
            queue += [(name, member) for member in value[:50]]


def _field(body: Any, wanted: str) -> Any:
    """The first text or integer of a field with this name, compared without case and underscores."""
    plain = wanted.replace("_", "").lower()
    for name, value in _walk(body):
        if name.replace("_", "").lower() == plain and isinstance(value, (str, int)) and not isinstance(value, bool):
            return value
    return None


def progress_of(body: Any) -> tuple[Progress, str]:
    """A job's progress and the status text that shows it: pending if any status is, else failed, else done."""
    words = [str(value) for name, value in _walk(body) if name.lower() in STATUS_FIELDS and isinstance(value, str)]
    # Pending first: a job with one pending part has not ended.
    for kind, vocabulary in (("pending", PENDING), ("failed", FAILED), ("done", DONE)):
        for word in words:
            if word.strip().lower().replace(" ", "_") in vocabulary:
                return kind, word  # type: ignore[return-value]
    return "unknown", words[0] if words else ""
