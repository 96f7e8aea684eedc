from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from samples import item_number, no_file

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.schema import type_of
from akamai_mcp.pipeline.call import Response
from akamai_mcp.request.arguments import Placed, place
from akamai_mcp.request.builder import build_request
from akamai_mcp.result.answer import to_answer
from akamai_mcp.result.page_rules import PageRule, find_page_rule
from akamai_mcp.result.page_steps import PageResult, to_page, value_at
from akamai_mcp.result.paging import collect_pages, take_undeclared
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.paging import pager_of

HOST = "akab-sandbox.example"
PAGED = 78 + 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An operation that pages, with its rule."""

    operation: Operation
    rule: PageRule

    @property
    def kind(self) -> tuple[Any, ...]:
        """All of its rule but names: operations of one kind are paged by the same code in the same way."""
        rule = self.rule
        names = (rule.position, rule.size, rule.total, rule.next_from, rule.drops, rule.required, rule.undeclared, rule.path)
        place = "." in rule.items if rule.items else rule.items
        return (
            rule.style,
            rule.at,
            rule.first,
            rule.page_size,
            rule.max_size,
            rule.step,
            place,
            rule.inclusive,
            *map(bool, names),
        )

    def arguments(self, size: int | None = None, **more: Any) -> dict[str, Any]:
        """Arguments for its path and, where it takes one, for the size of a page."""
        path = {p.name: 1 if type_of(p.schema) == "integer" else "a1" for p in self.operation.parameters_in("path")}
        sized = {self.rule.size: size} if size and self.rule.size else {}
        if self.rule.at == "body":
            return {**path, "body": {"filters": {}, **sized}, **more}
        return {**path, **sized, **more}

    def placed(self, arguments: dict[str, Any]) -> Placed:
        """The arguments as the invoker places them."""
        known, extra = take_undeclared(self.operation, self.rule, arguments)
        placed = place(self.operation, known)
        return Placed(path=placed.path, query=placed.query, header=placed.header, body=placed.body, extra_query=extra)

    def items(self, body: Any) -> list[int]:
        """The numbers of the items in a body, in their order."""
        listed = value_at(body, self.rule.items or "")
        # Where the rule leaves it to be found, the answer has one list.
        rows = next(value for value in listed.values() if isinstance(value, list)) if isinstance(listed, dict) else listed
        return [item_number(item) for item in rows]


@dataclass(slots=True, kw_only=True)
class Fetcher:
    """Sends the calls of one operation to the sandbox, and remembers them."""

    client: httpx.AsyncClient
    operation: Operation
    calls: list[Placed] = field(default_factory=list)

    async def __call__(self, placed: Placed) -> PageResult:
        self.calls.append(placed)
        request = build_request(self.operation, placed, no_file)
        reply = await self.client.request(request.method, request.target, headers=dict(request.headers), content=request.content)
        response = Response(status=reply.status_code, headers=tuple(reply.headers.items()), content=reply.content)
        return to_page(to_answer(self.operation, response), response, HOST)


Fetch = Callable[[Case], Fetcher]


@pytest.fixture(scope="session")
def cases(catalogue: Catalogue) -> list[Case]:
    found = ((catalogue.operation(entry), entry.pages) for entry in catalogue.entries() if not entry.refusal)
    return [Case(operation=operation, rule=rule) for operation, note in found if (rule := find_page_rule(operation, note))]


@pytest.fixture(scope="session")
def kinds(cases: list[Case]) -> list[Case]:
    """One operation of each kind, for what all operations need not show."""
    return list({case.kind: case for case in reversed(cases)}.values())


@pytest.fixture
def by_key(cases: list[Case]) -> Callable[[str], Case]:
    return lambda key: next(case for case in cases if case.operation.key == key)


@pytest.fixture
def fetcher(client: httpx.AsyncClient) -> Fetch:
    return lambda case: Fetcher(client=client, operation=case.operation)


def test_the_sandbox_pages_the_operations_that_have_a_rule_and_no_others(catalogue: Catalogue, cases: list[Case]):
    operations = (catalogue.operation(entry) for entry in catalogue.entries() if not entry.refusal)
    paged = {operation.key for operation in operations if pager_of(operation)}
    assert paged == {case.operation.key for case in cases}
    assert len(paged) == PAGED


@pytest.mark.parametrize(("items", "size"), [(23, 5), (20, 5), (4, 5), (1, 1), (3, 1), (0, 5)])
async def test_every_item_of_every_operation_arrives_once_and_in_order(
    fake: FakeAkamai, cases: list[Case], kinds: list[Case], fetcher: Fetch, items: int, size: int
):
    fake.collections.items, fake.collections.page_size = items, size
    for case in cases if items == 23 else kinds:
        paged = await collect_pages(case.rule, case.placed(case.arguments(size)), fetcher(case), max_pages=60)
        found = case.operation.key, case.items(paged.body), paged.more, paged.error, paged.note
        # One name at a time cannot be followed where the next page begins with it.
        stuck = case.rule.inclusive and size == 1
        assert found == (case.operation.key, list(range(1 if stuck else items)), False, None, found[-1])
        assert (not paged.note) != stuck, case.operation.key
        assert paged.items == len(case.items(paged.body))


@pytest.mark.parametrize("items", [60, 1500])
async def test_every_operation_pages_by_the_size_that_its_document_or_its_answer_gives(
    fake: FakeAkamai, cases: list[Case], kinds: list[Case], fetcher: Fetch, items: int
):
    fake.collections.items, fake.collections.page_size = items, 40
    for case in cases if items == 60 else kinds:
        paged = await collect_pages(case.rule, case.placed(case.arguments()), fetcher(case), max_pages=100)
        assert (case.operation.key, case.items(paged.body)) == (case.operation.key, list(range(items)))


async def test_totals_are_set_if_the_schema_has_them(fake: FakeAkamai, cases: list[Case], fetcher: Fetch):
    fake.collections.items = 12
    for case in cases:
        paged = await collect_pages(case.rule, case.placed(case.arguments(5)), fetcher(case))
        assert paged.total == (12 if case.rule.total else None), case.operation.key


async def test_an_operation_with_counts_or_links_is_asked_no_more_often_than_it_has_pages(
    fake: FakeAkamai, cases: list[Case], fetcher: Fetch
):
    fake.collections.items, fake.collections.page_size = 20, 5
    unsure = {"case": 0}
    for case in cases:
        fetch = fetcher(case)
        await collect_pages(case.rule, case.placed(case.arguments(5)), fetch)
        unsure[case.operation.key] = len(fetch.calls) - 4
        counted = case.rule.total or case.operation.product in {"case-management", "media-reports", "media-delivery-reports"}
        assert len(fetch.calls) == 4 or not counted, case.operation.key
    assert max(unsure.values()) <= 2


@pytest.mark.parametrize("pages", [1, 2, 3])
async def test_the_continuation_starts_where_the_pages_stopped(
    fake: FakeAkamai, cases: list[Case], kinds: list[Case], fetcher: Fetch, pages: int
):
    fake.collections.items, fake.collections.page_size = 23, 5
    for case in cases if pages == 2 else kinds:
        arguments = case.arguments(5)
        begun = await collect_pages(case.rule, case.placed(arguments), fetcher(case), max_pages=pages)
        unfinished = len(case.items(begun.body)) < 23
        assert (begun.more, begun.pages, begun.go_on_query) == (unfinished, pages, {}), case.operation.key
        if not unfinished:
            continue
        rest = await collect_pages(case.rule, case.placed(arguments | dict(begun.go_on)), fetcher(case))
        numbers = case.items(begun.body) + case.items(rest.body)
        assert sorted(set(numbers)) == list(range(23)), case.operation.key
        # A name that the next page begins with is in both parts.
        assert len(numbers) == 23 + case.rule.inclusive, case.operation.key


async def test_a_page_that_fails_keeps_the_pages_before_it(fake: FakeAkamai, kinds: list[Case], client: httpx.AsyncClient):
    fake.collections.items, fake.collections.page_size = 23, 5
    for case in kinds:
        fetch = failing(Fetcher(client=client, operation=case.operation), fake, on=3)
        arguments = case.arguments(5)
        paged = await collect_pages(case.rule, case.placed(arguments), fetch)
        kept = case.items(paged.body)
        assert kept == list(range(len(kept))), case.operation.key
        assert paged.pages == 2
        assert paged.error is not None
        assert paged.error.content["status"] == 503
        assert paged.as_json()["error"]["problem"]["status"] == 503
        again = await collect_pages(
            case.rule, case.placed(arguments | dict(paged.go_on)), Fetcher(client=client, operation=case.operation)
        )
        assert sorted({*kept, *case.items(again.body)}) == list(range(23)), case.operation.key


def failing(fetch: Fetcher, fake: FakeAkamai, on: int) -> Callable[[Placed], Awaitable[PageResult]]:
    async def fetch_or_fail(placed: Placed) -> PageResult:
        if len(fetch.calls) + 1 == on:
            fake.faults.add(Fault(status=503))
        return await fetch(placed)

    return fetch_or_fail


async def test_a_failed_first_page_is_the_answer(fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch):
    fake.collections.items = 5
    fake.faults.add(Fault(status=404))
    case = by_key("config-dns/v2#get-zones")
    paged = await collect_pages(case.rule, case.placed({}), fetcher(case))
    assert (paged.answer, paged.pages, paged.more) == (paged.first.answer, 0, False)
    assert paged.answer.is_error


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("cloudlets/v3#get-policies", 0),
        ("client-lists/v1#get-client-list-items", 0),
        ("dcp-api/v1#get-namespaces", 0),
        ("etp-config/v3#get-config-lists-items", 0),
        ("config-dns/v2#get-zones", 1),
        ("amfa/v1#get-users", 1),
        ("apikey-manager-api/v1#get-keys", 1),
        ("config-gtm/v1#get-domain-history", 1),
    ],
)
async def test_pages_are_counted_from_zero_or_from_one_as_the_operation_does(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch, key: str, first: int
):
    fake.collections.items = 11
    case = by_key(key)
    fetch = fetcher(case)
    await collect_pages(case.rule, case.placed(case.arguments(5)), fetch)
    assert case.rule.first == first
    assert [call.query.get(case.rule.position, first) for call in fetch.calls][:3] == [first, first + 1, first + 2]


async def test_a_call_that_starts_in_the_middle_continues_from_there(fake: FakeAkamai, cases: list[Case], fetcher: Fetch):
    fake.collections.items = 23
    for case in cases:
        if case.rule.style not in {"offset", "page"} or case.rule.at != "query" or case.rule.step == "size":
            continue
        third = case.rule.first + 2 if case.rule.style == "page" else 10
        arguments = case.arguments(5, **{case.rule.position: third})
        paged = await collect_pages(case.rule, case.placed(arguments), fetcher(case))
        assert case.items(paged.body) == list(range(10, 23)), case.operation.key


async def test_a_size_over_the_most_that_is_allowed_loses_nothing(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch
):
    fake.collections.items = 600
    case = by_key("crux/v1#get-connectors")
    paged = await collect_pages(case.rule, case.placed(case.arguments(5000)), fetcher(case))
    assert (case.items(paged.body), paged.pages) == (list(range(600)), 3)


async def test_required_parameters_that_the_caller_omits_are_filled_in(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch
):
    fake.collections.items = 150
    case = by_key("cloudlets/v3#get-policies")
    fetch = fetcher(case)
    paged = await collect_pages(case.rule, case.placed({}), fetch, max_pages=1)
    assert fetch.calls[0].query == {"page": 0, "size": 100}
    assert paged.go_on == {"page": 1, "size": 100}


async def test_a_next_page_of_events_replaces_the_other_direction(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch
):
    fake.collections.items, fake.collections.page_size = 9, 3
    case = by_key("event-viewer/v1#get-events")
    paged = await collect_pages(case.rule, case.placed({"afterEventId": "event-0"}), fetcher(case), max_pages=1)
    assert paged.go_on == {"beforeEventId": "event-2", "afterEventId": None}


async def test_the_body_of_a_report_is_repeated_with_its_next_page(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch
):
    fake.collections.items = 9
    case = by_key("etp-report/v3#post-threat-event-details")
    given = {"configId": 1, "body": {"startTimeSec": 5, "pageSize": 4}}
    paged = await collect_pages(case.rule, case.placed(given), fetcher(case), max_pages=2)
    assert paged.go_on == {"body": {"startTimeSec": 5, "pageSize": 4, "pageNumber": 3}}
    assert given["body"] == {"startTimeSec": 5, "pageSize": 4}


async def test_an_undeclared_offset_is_accepted_and_returned_as_an_argument(
    fake: FakeAkamai, by_key: Callable[[str], Case], fetcher: Fetch
):
    fake.collections.items = 9
    case = by_key("crux/v1#get-app-versions")
    paged = await collect_pages(case.rule, case.placed(case.arguments(limit=4)), fetcher(case), max_pages=1)
    assert paged.go_on == {"offset": 4}


async def test_without_a_number_of_items_a_collection_is_its_example(fake: FakeAkamai, client: httpx.AsyncClient):
    reply = await client.get("/config-dns/v2/zones?page=9")
    assert len(reply.json()["zones"]) == 1
    fake.collections.items = 3
    assert [item_number(zone) for zone in (await client.get("/config-dns/v2/zones?pageSize=2&page=2")).json()["zones"]] == [2]


async def test_an_operation_without_pages_answers_as_usual(fake: FakeAkamai, client: httpx.AsyncClient):
    before = (await client.get("/papi/v1/groups")).json()
    fake.collections.items = 3
    assert (await client.get("/papi/v1/groups")).json() == before


@pytest.mark.parametrize(
    "target",
    [
        "/event-viewer-api/v1/events?afterEventId=event-1&beforeEventId=event-3",
        "/case-management/v3/cases?cursor=none",
        "/config-dns/v2/zones?page=second",
    ],
)
async def test_an_invalid_position_is_refused(fake: FakeAkamai, client: httpx.AsyncClient, target: str):
    fake.collections.items = 3
    assert (await client.get(target)).status_code == 400


@pytest.fixture(autouse=True)
def _example_again(fake: FakeAkamai) -> Iterator[None]:
    yield
    fake.collections.items = None
