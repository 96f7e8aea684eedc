"""Who is calling: tokens of a file and signed ones, and everything that only looks like one."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from fastmcp.exceptions import McpError
from fastmcp.server.auth import AccessToken
from joserfc.jwk import RSAKey
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp_stage import Reply
from service_stage import HELLO, OpenService, Service, TokenBook, bearer
from signed_tokens import AUDIENCE, ISSUER, Signer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from akamai_mcp.server.http.middleware import guarded

LISTS = "akamai_netlists_get_network_lists"
NEW_LIST = {"body": {"name": "x", "type": "IP", "list": []}}
PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}


SIGNER, STRANGER = Signer.fresh(), Signer.fresh()


def unsigned() -> str:
    """A token whose header says that it needs no signature."""
    payload = SIGNER.sign().split(".")[1]
    header = urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{header}.{payload}."


def signed_with_the_public_key() -> str:
    """HMAC with the public key as its secret: what a verifier takes that lets the token choose the algorithm."""
    header = urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).decode().rstrip("=")
    signed = f"{header}.{SIGNER.sign().split('.')[1]}"
    code = hmac.digest(SIGNER.public.encode(), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(code).decode().rstrip('=')}"


def tampered() -> str:
    header, payload, signature = SIGNER.sign(roles=["reader"]).split(".")
    other = SIGNER.sign(roles=["admin"]).split(".")[1]
    assert other != payload
    return f"{header}.{other}.{signature}"


REFUSED: dict[str, Callable[[], str]] = {
    "nonsense": lambda: "nonsense",
    "of another key": STRANGER.sign,
    "expired": lambda: SIGNER.sign(exp=int(time.time()) - 1),
    "without an end": lambda: SIGNER.sign(without=("exp",)),
    "with an end that is no time": lambda: SIGNER.sign(exp="tomorrow"),
    "with an end that is true": lambda: SIGNER.sign(exp=True),
    "not begun": lambda: SIGNER.sign(nbf=int(time.time()) + 600),
    "of another issuer": lambda: SIGNER.sign(iss="https://elsewhere.example.com"),
    "without an issuer": lambda: SIGNER.sign(without=("iss",)),
    "for another audience": lambda: SIGNER.sign(aud="another-server"),
    "without an audience": lambda: SIGNER.sign(without=("aud",)),
    "of nobody": lambda: SIGNER.sign(without=("sub",)),
    "of a name that is no text": lambda: SIGNER.sign(sub="ann\n"),
    "by another algorithm": lambda: SIGNER.sign("RS512"),
    "unsigned": unsigned,
    "by a shared secret": signed_with_the_public_key,
    "tampered with": tampered,
    "long": lambda: "x" * 4_000,
}


@pytest.fixture
def signed(tmp_path: Path) -> dict[str, Any]:
    """Settings that take tokens of the signer."""
    key = tmp_path / "key.pem"
    key.write_text(SIGNER.public, encoding="ascii")
    return {"auth_public_key": key, "auth_issuer": ISSUER, "auth_audience": AUDIENCE}


async def read(service: Service, token: str, way: str = "http") -> Reply:
    async with service.enter(way, token) as stage:
        return await stage.ask("akamai_read", name=LISTS)


async def test_a_signed_token_is_taken_by_every_transport(open_service: OpenService, signed: dict[str, Any]) -> None:
    async with open_service(**signed) as service:
        for way in ("http", "http legacy", "websocket"):
            assert (await read(service, SIGNER.sign(), way)).content["status"] == 200
    async with open_service("sse", **signed) as service:
        assert (await read(service, SIGNER.sign(), "sse")).content["status"] == 200
        assert (await read(service, SIGNER.sign(aud=["other", AUDIENCE]), "sse")).content["status"] == 200


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_only_looks_like_a_token_is_refused(open_service: OpenService, signed: dict[str, Any], kind: str) -> None:
    token = REFUSED[kind]()
    async with open_service(**signed) as service:
        assert await service.request_status(**bearer(SIGNER.sign())) == 200
        assert await service.request_status(**bearer(token)) == 401
        assert await service.websocket_status(token=token) == 401
        assert len(service.fake.requests) == 0


async def test_without_a_token_only_health_can_be_reached(open_service: OpenService, signed: dict[str, Any]) -> None:
    async with open_service(**signed) as service:
        assert await service.request_status() == 401
        assert await service.request_status(authorization="Basic YTpi") == 401
        assert await service.websocket_status() == 401
        assert (await service.request("GET", "/healthz")).status_code == 200
    async with open_service("sse", **signed) as service:
        assert (await service.request("GET", "/sse")).status_code == 401
        assert (await service.request("POST", "/messages/?session_id=0", json=HELLO)).status_code == 401
        assert await service.websocket_status() == 401


async def test_a_token_in_the_address_is_none(open_service: OpenService, signed: dict[str, Any]) -> None:
    async with open_service(**signed) as service:
        answer = await service.request("POST", f"/mcp?access_token={SIGNER.sign()}", json=PING)
        assert answer.status_code == 401


async def test_keys_are_fetched_and_a_token_of_none_of_them_is_refused(open_service: OpenService, book: TokenBook) -> None:
    key = RSAKey.import_key(SIGNER.public).as_dict(private=False) | {"kid": "one", "use": "sig"}
    async with open_service() as keys:
        serve_json(keys, "/keys", {"keys": [key]})
        where = {"auth_jwks_url": f"{keys.url}/keys", "auth_issuer": ISSUER, "auth_audience": AUDIENCE}
        async with open_service(**where) as service:
            assert await service.request_status(**bearer(SIGNER.sign())) == 200
            assert await service.request_status(**bearer(STRANGER.sign())) == 401


def serve_json(service: Service, path: str, content: object) -> None:
    """Let a running server answer one path more."""
    inner = service.listener.config.loaded_app

    async def answer(_: object) -> JSONResponse:
        return JSONResponse(content)

    extra = Starlette(routes=[Route(path, answer)])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (extra if scope.get("path") == path else inner)(scope, receive, send)

    service.listener.config.loaded_app = app


async def test_clients_learn_where_they_can_log_in(open_service: OpenService, signed: dict[str, Any]) -> None:
    told = {"auth_servers": ISSUER, "public_url": "https://mcp.example.com"}
    async with open_service(**signed, **told) as service:
        refused = await service.request("POST", "/mcp", json=PING)
        where = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
        assert f'resource_metadata="{where}"' in refused.headers["www-authenticate"]
        metadata = (await service.request("GET", "/.well-known/oauth-protected-resource/mcp")).json()
        assert metadata["resource"] == "https://mcp.example.com/mcp"
        assert [server.rstrip("/") for server in metadata["authorization_servers"]] == [ISSUER]
        assert (await read(service, SIGNER.sign())).content["status"] == 200


async def test_tokens_of_a_file_are_taken_until_their_line_is_gone(open_service: OpenService, book: TokenBook) -> None:
    book.give(ops="admin", ann="reader")
    async with open_service(auth_tokens_file=book.path) as service:
        assert await service.request_status(**bearer(book.token("ops"))) == 200
        assert await service.request_status(**bearer(book.token("ann"))) == 200
        for wrong in ("", "ops", book.token("ops")[:-1], book.token("ops") + "x", book.token("bob")):
            assert await service.request_status(**bearer(wrong)) in {400, 401}, wrong
        digest = book.path.read_text(encoding="utf-8").split(":")[1]
        assert await service.request_status(**bearer(digest)) == 401
        book.give(ops="admin")
        assert await service.request_status(**bearer(book.token("ann"))) == 401
        book.path.unlink()
        assert await service.request_status(**bearer(book.token("ops"))) == 401


async def test_a_token_that_is_taken_back_ends_a_websocket_at_its_next_message(
    open_service: OpenService, book: TokenBook
) -> None:
    book.give(ops="admin", ann="reader")
    async with open_service(auth_tokens_file=book.path) as service, service.websocket(token=book.token("ann")) as connection:
        await connection.send(json.dumps(PING))
        assert json.loads(await connection.recv())["id"] == 7
        book.give(ops="admin")
        await connection.send(json.dumps(PING))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_other_roles_for_a_token_end_a_websocket_too(open_service: OpenService, book: TokenBook) -> None:
    book.give(ann="admin")
    async with open_service(auth_tokens_file=book.path) as service, service.websocket(token=book.token("ann")) as connection:
        book.give(ann="reader")
        await connection.send(json.dumps(PING))
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()


async def test_a_guarded_route_asks_for_a_token_where_mcp_does() -> None:
    async def figures(_: Request) -> Response:
        return Response("figures")

    access = AccessToken(token="t", client_id="token:ann", scopes=[])
    stranger, known = Request({"type": "http"}), Request({"type": "http", "user": AuthenticatedUser(access)})
    assert (await guarded(figures, authenticated=True)(stranger)).status_code == 401
    assert (await guarded(figures, authenticated=True)(known)).body == b"figures"
    assert (await guarded(figures, authenticated=False)(stranger)).body == b"figures"


async def test_a_session_of_events_is_nobody_elses(open_service: OpenService, book: TokenBook) -> None:
    book.give(ops="admin", ann="reader")
    async with open_service("sse", auth_tokens_file=book.path) as service:
        stream = httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=10)
        async with stream, stream.stream("GET", "/sse", headers=bearer(book.token("ops"))) as events:
            lines = events.aiter_lines()
            address = ""
            while not address.startswith("data: "):
                address = await anext(lines)
            path = address.removeprefix("data: ")
            foreign = await service.request("POST", path, json=PING, headers=bearer(book.token("ann")))
            own = await service.request("POST", path, json=PING, headers=bearer(book.token("ops")))
            assert (foreign.status_code, own.status_code) == (404, 202)


@pytest.mark.parametrize(
    ("claims", "naming", "allowed"),
    [
        ({"roles": ["admin"]}, {}, {"read", "write"}),
        ({"roles": "reader writer"}, {}, {"read", "write"}),
        ({"roles": ["reader"]}, {}, {"read"}),
        ({"roles": []}, {}, set()),
        ({"roles": ["root", "wheel"]}, {}, set()),
        ({"roles": {"admin": True}}, {}, set()),
        ({"roles": ["admin"]}, {"auth_roles_claim": "realm.roles"}, set()),
        ({"roles": [], "realm": {"roles": ["writer"]}}, {"auth_roles_claim": "realm.roles"}, {"read", "write"}),
        ({"roles": ["admin"]}, {"auth_customers_claim": "customers"}, set()),
        ({"roles": ["admin"], "customers": ["other*"]}, {"auth_customers_claim": "customers"}, set()),
        ({"roles": ["admin"], "customers": "def*"}, {"auth_customers_claim": "customers"}, {"read", "write"}),
    ],
)
async def test_claims_say_what_the_bearer_may_do(
    open_service: OpenService, signed: dict[str, Any], claims: dict[str, Any], naming: dict[str, str], allowed: set[str]
) -> None:
    async with open_service(**signed, **naming) as service, service.enter("http", SIGNER.sign(**claims)) as stage:
        done = set()
        if not (await stage.ask("akamai_read", name=LISTS)).failed:
            done.add("read")
        if not (await stage.ask("akamai_netlists_post_network_lists", NEW_LIST)).failed:
            done.add("write")
        assert done == allowed


async def test_a_stranger_hears_no_name_of_a_customer(open_service: OpenService, signed: dict[str, Any]) -> None:
    async with open_service(**signed) as service, service.enter("http", SIGNER.sign(roles=[])) as stage:
        for reply in (
            await stage.refused("akamai_read", name=LISTS),
            await stage.refused("akamai_read", name=LISTS, customer="second"),
            await stage.ask("akamai_list_customers"),
            await stage.ask("akamai_registry_stats"),
        ):
            assert "switched" not in reply.text
            assert "edgerc" not in reply.text
        with pytest.raises(McpError):
            await stage.client.read_resource("akamai://results/AAAAAAAA")
