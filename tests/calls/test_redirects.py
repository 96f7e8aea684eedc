"""Which redirects of a call are followed, what the next hop may be, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from calls_stage import ZOO, CallsStage, shown
from pipeline_fakes import credentials, ok
from samples import operation, parameter

from akamai_mcp.access.action import to_action
from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.calls.prepare import Prepared
from akamai_mcp.calls.redirects import carried_headers, is_followed, read_query, require_read
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import undocumented_entry
from akamai_mcp.edgegrid.customers import Customer, Customers
from akamai_mcp.errors import AccessError
from akamai_mcp.pipeline.call import Response
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request


def entry(name: str, **changes: Any) -> Entry:
    return replace(undocumented_entry("GET", f"/zoo/{name}"), operation_id=name, **changes)


def prepared(of: Entry | None = None, method: str = "GET", effect: Any = "read", content: bytes | None = None) -> Prepared:
    of = of or entry("things")
    request = Request(method=method, target=of.path, headers=(), content=content)
    action = to_action(of, Placed(), effect, products=("zoo",), target=of.path, customer="acme")
    return Prepared(entry=of, customer=Customer(name="acme", credentials=credentials()), request=request, action=action)


@pytest.mark.parametrize("status", [200, 300, 301, 302, 303, 304, 305, 307, 308, 400])
@pytest.mark.parametrize(
    ("call", "is_plain"),
    [
        ({}, True),
        ({"method": "HEAD"}, True),
        ({"method": "POST"}, False),
        ({"method": "DELETE"}, False),
        ({"effect": "write"}, False),
        ({"effect": "destroy"}, False),
        ({"content": b"{}"}, False),
    ],
)
def test_only_some_redirects_of_a_plain_read_are_followed(call: dict[str, Any], is_plain: bool, status: int) -> None:
    assert is_followed(prepared(**call), ok(status=status)) is (is_plain and status in {302, 303, 307, 308})


PLAIN, PARTLY, TOKEN = entry("things"), entry("things", secret=True), entry("token", secret=True, reveals=True)


@pytest.mark.parametrize(
    ("before", "after", "effect", "allowed"),
    [
        (PLAIN, entry("others"), "read", True),
        (PLAIN, entry("others"), "write", False),
        (PLAIN, PLAIN, "destroy", False),
        (PLAIN, TOKEN, "read", False),
        (PLAIN, entry("others", secret=True), "read", False),
        (PARTLY, entry("others", secret=True), "read", True),
        (PARTLY, TOKEN, "read", False),
        (TOKEN, TOKEN, "read", True),
        (TOKEN, entry("another", secret=True, reveals=True), "read", False),
    ],
)
def test_a_hop_changes_nothing_and_leads_to_no_credential_that_was_not_asked_for(
    before: Entry, after: Entry, effect: Any, allowed: bool
) -> None:
    if allowed:
        require_read(prepared(before), prepared(after, effect=effect))
    else:
        with pytest.raises(AccessError, match=f"leads to {after.key}, which needs a call of its own"):
            require_read(prepared(before), prepared(after, effect=effect))


def test_the_query_of_an_address_is_read_with_all_its_values() -> None:
    assert read_query("a=1&b=&a=2&c=x%20y&d") == {"a": ["1", "2"], "b": "", "c": "x y", "d": ""}
    assert read_query("") == {}


def test_declared_headers_go_along_and_of_the_others_those_that_mean_the_same_everywhere() -> None:
    declared = operation(parameter("X-Mode", "header"), parameter("If-Match", "header"))
    placed = Placed(
        header={"X-Mode": "m", "If-Match": "e", "X-Other": "o"},
        standard_headers={"accept": "text/csv", "prefer": "p", "x-request-id": "r", "if-none-match": "n", "content-type": "c"},
    )
    assert carried_headers(declared, placed) == {"X-Mode": "m", "accept": "text/csv", "prefer": "p", "x-request-id": "r"}


def moved(to: str) -> Response:
    return Response(status=302, headers=(("location", to),), content=b"")


async def test_each_hop_counts_as_a_call_and_one_that_may_not_be_followed_leaves_the_redirect(
    zoo: Catalogue, customers: Customers
) -> None:
    stage = CallsStage(zoo, customers, quotas=Quotas(QuotaPolicy(calls_a_minute=2)))
    stage.akamai.tell("GET /jobs", moved(f"{ZOO}/boxes?to=x&to=y"))
    stage.akamai.tell("GET /boxes", moved(f"{ZOO}/jobs/7"))
    answer = await stage.call("get-jobs", customer="acme")
    assert stage.akamai.asked == ["GET /jobs", "GET /boxes?to=x&to=y"]
    assert [call.customer for call in stage.akamai.calls] == ["acme", "acme"]
    assert (answer.is_error, answer.content["status"]) == (True, 302)
    assert answer.content["redirected"] == [f"{ZOO}/boxes?to=x&to=y"]
    assert answer.content["advice"] == (
        "The API redirects to the address in Location, which was not followed: Caller local may make at most 2 calls per minute."
    )


async def test_a_fourth_hop_is_not_taken(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs", moved(f"{ZOO}/jobs"))
    answer = await stage.call("get-jobs")
    assert len(stage.akamai.calls) == 4
    assert answer.content["redirected"] == [f"{ZOO}/jobs"] * 3
    assert "redirected more than 3 times" in answer.content["advice"]


async def test_the_answer_behind_a_redirect_says_where_it_comes_from_and_a_credential_is_never_behind_one(
    stage: CallsStage,
) -> None:
    stage.akamai.tell("GET /jobs", moved(f"{ZOO}/boxes"))
    stage.akamai.tell("GET /boxes", shown({"boxes": []}))
    answer = await stage.call("get-jobs")
    assert answer.content == {"status": 200, "redirected": [f"{ZOO}/boxes"], "body": {"boxes": []}}
    stage.akamai.tell("GET /jobs", moved(f"{ZOO}/tokens/7"))
    refused = await stage.call("get-jobs")
    assert refused.content["status"] == 302
    assert "leads to zoo/v1#get-token, which needs a call of its own" in refused.content["advice"]
    assert "redirected" not in refused.content
    assert stage.akamai.asked == ["GET /jobs", "GET /boxes", "GET /jobs"]
