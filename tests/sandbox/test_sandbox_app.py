from __future__ import annotations

import gzip
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import pytest

from akamai_mcp.media_types import may_be_json
from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault, Faults
from akamai_mcp.sandbox.replies import ConnectionDroppedError
from akamai_mcp.sandbox.routing import Route, Router
from akamai_mcp.sandbox.signature import Credentials

LISTS = "/network-list/v2/network-lists"
NOW = 1_750_000_000.0


def concrete(template: str) -> str:
    return "/".join("1" if placeholder(segment) else segment for segment in template.split("/"))


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"credentials": Credentials(client_secret="wrong")}, "signature"),
        ({"credentials": Credentials(client_token="unknown")}, "client token"),
        ({"credentials": Credentials(access_token="wrong")}, "access token"),
        ({"at": NOW - 31}, "timestamp"),
        ({"at": NOW + 31}, "timestamp"),
    ],
)
async def test_a_wrong_signature_is_refused_with_its_reason(
    client: httpx.AsyncClient, signer: Callable[..., httpx.Auth], changed: dict[str, object], detail: str
) -> None:
    answer = await client.get(LISTS, auth=signer(**{"credentials": Credentials(), **changed}))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == NOW


async def test_a_nonce_may_not_be_used_again(client: httpx.AsyncClient, signer: Callable[..., httpx.Auth]) -> None:
    auth = signer(Credentials(), nonce="again")
    assert (await client.get(LISTS, auth=auth)).status_code == 200
    refused = await client.get(LISTS, auth=auth)
    assert refused.status_code == 401
    assert "nonce" in refused.json()["detail"]


async def test_a_request_that_is_not_signed_is_refused_and_recorded(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    assert (await client.get(LISTS, auth=None)).status_code == 401
    assert [request.header("Authorization") for request in fake.requests] == [None]


async def test_headers_and_bodies_are_covered_by_the_signature(
    router: Router, signer: Callable[..., httpx.Auth], client: httpx.AsyncClient
) -> None:
    account = Credentials(client_token="other", headers_to_sign=("X-Signed",), max_body=4)
    fake = FakeAkamai(router, accounts=(Credentials(), account), clock=lambda: NOW)
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://sandbox.example", auth=signer(account)) as signed:
        answer = await signed.post(LISTS, json={"name": "n", "type": "IP", "list": []}, headers={"x-signed": "a  b "})
    assert answer.status_code == 201


def one_of_each_class(router: Router) -> list[Route]:
    """An operation of each method and set of successes with their media types: what an answer is made by.

    Every single operation is called through MCP (tests/server/test_every_operation.py).
    """
    found: dict[tuple[str, frozenset[tuple[str, ...]]], Route] = {}
    for route in router:
        successes = [answer for answer in router.operation(route).responses if answer.is_success]
        kinds = frozenset((answer.status, *sorted(media.name for media in answer.content)) for answer in successes)
        found.setdefault((route.method, kinds), route)
    return list(found.values())


async def test_an_operation_of_each_class_answers_a_signed_request(
    router: Router, client: httpx.AsyncClient, fake: FakeAkamai
) -> None:
    failed = []
    routes = one_of_each_class(router)
    for route in routes:
        answer = await client.request(route.method, concrete(route.template))
        declared = [response.status for response in router.operation(route).responses]
        if not {str(answer.status_code), f"{answer.status_code // 100}XX"} & set(declared) or answer.status_code >= 400:
            failed.append((route.name, answer.status_code))
        if may_be_json(answer.headers.get("content-type", "x/y")) and route.method != "HEAD":
            answer.json()
        fake.store.clear()
    assert failed == []
    assert {request.operation for request in fake.requests} == {route.name for route in routes}


@pytest.mark.parametrize(
    ("path", "media_type", "start"),
    [
        ("/config-dns/v2/zones/example.org/zone-file", "text/dns", b"example.com."),
        ("/edgeworkers/v1/ids/1/versions/1/content", "application/gzip", gzip.compress(b"example\n", mtime=0)),
    ],
)
async def test_other_media_types_have_content_of_their_kind(
    client: httpx.AsyncClient, path: str, media_type: str, start: bytes
) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.content.startswith(start)


async def test_a_media_type_is_sent_as_the_document_names_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/cps/v2/enrollments/1")
    assert answer.headers["content-type"] == "application/vnd.akamai.cps.enrollment.v11+json"
    named = await client.get("/config-gtm/v1/domains/a", headers={"accept": "domain-vnd-config-gtm.v1.4+json"})
    assert named.headers["content-type"] == "domain-vnd-config-gtm.v1.4+json"
    assert named.json()["name"] == "a"


async def test_unknown_paths_and_methods_are_answered_with_a_problem(client: httpx.AsyncClient) -> None:
    missing = await client.get("/nowhere")
    assert (missing.status_code, missing.json()["instance"]) == (404, "/nowhere")
    wrong = await client.patch(LISTS, json={})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert wrong.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_not_json_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(LISTS, content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_a_head_answer_has_headers_and_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head(LISTS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_the_latest_version_is_a_redirection(client: httpx.AsyncClient) -> None:
    answer = await client.get("/papi/v1/properties/prp_1/versions/latest")
    assert (answer.status_code, answer.headers["location"]) == (302, "/papi/v1/properties/prp_1/versions/1")


async def test_requests_are_recorded_as_they_came(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    await client.get(f"{LISTS}/a%2Fb", params={"includeElements": "true"}, headers={"X-Custom": "Value"})
    await client.post(LISTS, content=b'{"name":  "n"}', headers={"content-type": "application/json"})
    read, created = fake.requests
    assert (read.method, read.target, read.at) == ("GET", f"{LISTS}/a%2Fb?includeElements=true", NOW)
    assert (read.header("x-custom"), read.operation) == ("Value", "network-lists/v2#get-network-list")
    assert created.body == b'{"name":  "n"}'


async def test_answers_are_numbered(client: httpx.AsyncClient) -> None:
    numbers = [(await client.get(LISTS)).headers["x-request-id"] for _ in range(2)]
    assert numbers == ["sandbox-000001", "sandbox-000002"]


async def test_a_fault_happens_as_often_as_it_says(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    fake.faults.add(Fault(method="get", path="/network-list/*", status=429, retry_after="7", times=2))
    answers = [await client.get(path) for path in (LISTS, "/papi/v1/contracts", LISTS, LISTS)]
    assert [answer.status_code for answer in answers] == [429, 200, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].json()["status"] == 429


async def test_a_refused_request_does_not_use_up_a_fault(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    fake.faults.add(Fault(status=500))
    await client.get(LISTS, auth=None)
    assert len(fake.faults) == 1
    assert (await client.get(LISTS)).status_code == 500


async def test_a_failed_creation_creates_nothing(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    fake.faults.add(Fault(method="POST", status=503))
    await client.post(LISTS, json={"name": "n"})
    assert len(fake.store) == 0


@pytest.mark.parametrize(("before", "stored"), [(True, 0), (False, 1)])
async def test_a_connection_drops_before_or_after_the_effect(
    client: httpx.AsyncClient, fake: FakeAkamai, before: bool, stored: int
) -> None:
    fake.faults.add(Fault(drop=True, before=before))
    with pytest.raises(ConnectionDroppedError):
        await client.post(LISTS, json={"name": "n"})
    assert len(fake.store) == stored


async def test_a_body_may_be_damaged(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    fake.faults.add(
        Fault(body_size=100_000),
        Fault(malformed_json=True),
        Fault(content_type="text/html", body=b"<p>Sorry</p>", headers={"X-Extra": "1"}),
    )
    large, broken, html = [await client.get(LISTS) for _ in range(3)]
    assert len(large.content) == 100_000
    assert large.json()["padding"]
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        broken.json()
    assert (html.headers["content-type"], html.text, html.headers["x-extra"]) == ("text/html", "<p>Sorry</p>", "1")


async def test_a_delay_is_slept_and_nothing_else_changes(router: Router, signer: Callable[..., httpx.Auth]) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    fake = FakeAkamai(router, clock=lambda: NOW, sleep=sleep)
    fake.faults.add(Fault(delay=30))
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://s.example", auth=signer(fake.credentials)) as client:
        assert (await client.get(LISTS)).status_code == 200
    assert slept == [30]


def test_a_fault_for_all_requests_stays_until_it_is_cleared() -> None:
    faults = Faults()
    faults.add(Fault(times=None, status=500))
    assert [faults.take("GET", "/") is None for _ in range(3)] == [False, False, False]
    faults.clear()
    assert faults.take("GET", "/") is None


async def test_only_http_is_supported(fake: FakeAkamai) -> None:
    async def nothing() -> dict[str, object]:
        return {}

    async def ignore(message: object) -> None:
        return None

    with pytest.raises(RuntimeError, match="websocket"):
        await fake.app({"type": "websocket"}, nothing, ignore)
