"""The server over HTTP, SSE and WebSocket: the same tools by every transport, and nobody let in by accident."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
import trustme
import websockets
from fastmcp.client.elicitation import ElicitResult
from mcp_stage import OPERATIONS, MakeSettings
from service_stage import WAYS, OpenService, trusting

from akamai_mcp.access.listening import ListenPolicy
from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import build_server
from akamai_mcp.server.http.health import Finding
from akamai_mcp.server.http.server import build_app, build_http_server

LISTS = "akamai_netlists_get_network_lists"
CREATE = {"body": {"name": "x", "type": "IP", "list": []}}
SIGNED = {"auth_jwks_url": "https://login.example.com/keys", "auth_issuer": "i", "auth_audience": "a"}
PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.smoke
async def test_every_transport_lists_reads_writes_and_asks_first(open_service: OpenService, way: str) -> None:
    async with open_service(way) as service, service.enter(way) as stage:
        assert len(await stage.client.list_tools()) == 11
        found = await stage.ask("akamai_list_operations", query="network lists", limit=3)
        assert found.content["operations"]
        assert (await stage.ask("akamai_read", name=LISTS)).content["status"] == 200
        assert (await stage.ask("akamai_netlists_post_network_lists", CREATE)).content["status"] == 201
        asked = await stage.refused(
            "akamai_destroy", name="akamai_netlists_delete_network_list", arguments={"networkListId": "1_X"}
        )
        assert "confirm" in asked.content


@pytest.mark.parametrize("way", WAYS)
async def test_progress_reaches_the_client_by_every_transport(open_service: OpenService, way: str) -> None:
    told: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with open_service(way) as service, service.enter(way) as stage:
        service.fake.collections.items, service.fake.collections.page_size = 12, 5
        arguments = {"name": "config-dns/v2#get-zones", "paginate": True, "arguments": {"pageSize": 5}}
        await stage.client.call_tool("akamai_read", arguments, progress_handler=hear)
    assert told == [1, 2, 3]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("agrees", [True, False])
async def test_the_user_is_asked_by_every_transport_that_can_ask(open_service: OpenService, way: str, agrees: bool) -> None:
    asked: list[str] = []

    async def answer(message: str, response_type: object, params: object, context: object) -> ElicitResult:
        asked.append(message)
        return ElicitResult(action="accept", content={"agree": agrees})

    call = {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": "1_X"}}
    async with open_service(way) as service, service.enter(way, ask=answer) as stage:
        reply = await stage.ask("akamai_destroy", call)
        if way == "http legacy":  # without sessions nobody can be asked while a call waits
            assert (asked, "confirm" in reply.content) == ([], True)
        else:
            assert len(asked) == 1
            assert "1_X" in asked[0]
            assert len(service.fake.requests) == int(agrees)


async def test_two_connections_of_a_websocket_do_not_hear_each_other(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as one, service.websocket() as other:
        await one.send(json.dumps(PING))
        await other.send(json.dumps(PING | {"id": 8}))
        assert (json.loads(await one.recv())["id"], json.loads(await other.recv())["id"]) == (7, 8)


async def test_a_frame_that_is_no_json_rpc_leaves_the_connection_open(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as connection:
        for broken in ("{", "[]", '"text"', "{}", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")):
            await connection.send(broken)
        await connection.send(json.dumps(PING))
        answers = [json.loads(await connection.recv())]
        while answers[-1].get("id") != 7:
            answers.append(json.loads(await connection.recv()))
        assert answers[-1]["result"] == {}


async def test_a_binary_frame_ends_the_connection(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as connection:
        await connection.send(b"{}")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003


async def test_a_frame_larger_than_a_message_is_answered_and_the_next_one_served(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as connection:
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping", "params": {"x": "x" * 5_000_000}}))
        refused = json.loads(await connection.recv())
        assert (refused["id"], refused["error"]["code"]) == (7, -32600)
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": 8, "method": "ping"}))
        assert json.loads(await connection.recv()) == {"jsonrpc": "2.0", "id": 8, "result": {}}


async def test_a_frame_of_twice_that_size_ends_the_connection(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as connection:
        await connection.send("x" * (8 * 1024 * 1024 + 1))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_websocket_that_does_not_speak_mcp_is_refused(open_service: OpenService) -> None:
    async with open_service() as service:
        assert await service.websocket_status() == 101
        assert await service.websocket_status(subprotocols=["chat"]) == 400
        assert await service.websocket_status(subprotocols=None) == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "attacker.example"}, 421),
        ({"host": "attacker.example:8000"}, 421),
        ({"host": "127.0.0.1.attacker.example"}, 421),
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": "http://127.0.0.1.attacker.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://127.0.0.1:3000"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "http://console.example.com"}, 403),
        ({"host": "mcp.example.com", "origin": "https://attacker.example"}, 403),
        ({"host": "mcp.example.com"}, 200),
        ({"origin": "https://console.example.com"}, 200),
    ],
)
async def test_foreign_hosts_and_origins_are_refused_by_http_and_by_websocket(
    open_service: OpenService, headers: dict[str, str], status: int
) -> None:
    async with open_service(allowed_hosts="mcp.example.com", allowed_origins="https://console.example.com") as service:
        assert await service.request_status(**headers) == status
        others = {name: value for name, value in headers.items() if name != "host"}
        met = await service.websocket_status(host=headers.get("host", ""), additional_headers=others)
        assert met == (101 if status == 200 else status)


async def test_the_servers_own_origin_is_not_foreign(open_service: OpenService) -> None:
    async with open_service() as service:
        own = {"origin": service.url}
        assert (await service.request_status(**own), await service.websocket_status(additional_headers=own)) == (200, 101)


async def test_no_web_page_may_read_answers_unless_its_origin_is_named(open_service: OpenService) -> None:
    asks = {"origin": "https://console.example.com", "access-control-request-method": "POST"}
    async with open_service() as service:
        refused = await service.request("OPTIONS", "/mcp", headers=asks)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    async with open_service(allowed_origins="https://console.example.com") as service:
        allowed = await service.request("OPTIONS", "/mcp", headers=asks)
        assert allowed.headers["access-control-allow-origin"] == "https://console.example.com"
        assert "access-control-allow-credentials" not in allowed.headers


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.1", "mcp.example.com"])
def test_an_address_that_others_reach_is_refused_without_authentication(
    settings: MakeSettings, tmp_path: Path, bind: str
) -> None:
    def build(**more: object) -> object:
        chosen = settings(transport="http", bind=bind, **more)
        return build_app(build_server(chosen), chosen.listen_policy(), chosen.auth_policy())

    with pytest.raises(SettingsError, match="callers would not have to authenticate"):
        build()
    assert build(insecure=True)
    (tmp_path / "tokens").write_text("", encoding="utf-8")
    assert build(auth_tokens_file=tmp_path / "tokens")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tls_cert": Path("/nonexistent/c")}, "Only one of"),
        ({"path": "/ws"}, "AKAMAI_MCP_PATH"),
        ({"path": "mcp"}, "AKAMAI_MCP_PATH"),
        ({"allowed_hosts": "*"}, "every web page"),
        ({"allowed_origins": "*"}, "every web page"),
        ({"tls_cert": Path("/nonexistent/c"), "tls_key": Path("/nonexistent/k")}, "cannot be used"),
        ({"auth_tokens_file": Path("/nonexistent/tokens")}, "cannot be read"),
        ({"auth_roles_file": Path("/nonexistent/roles")}, "have no effect"),
        ({"auth_jwks_url": "https://login.example.com/keys"}, "AKAMAI_MCP_AUTH_ISSUER"),
        ({"auth_issuer": "i", "auth_audience": "a"}, "AKAMAI_MCP_AUTH_JWKS_URL"),
        ({"auth_jwks_url": "http://login.example.com/keys", "auth_issuer": "i", "auth_audience": "a"}, "not https"),
        (SIGNED | {"auth_servers": "https://login.example.com"}, "AKAMAI_MCP_PUBLIC_URL"),
        (SIGNED | {"auth_servers": "login", "public_url": "mcp"}, "is not a URL"),
        ({"auth_servers": "https://login.example.com", "public_url": "https://mcp.example.com"}, "have no effect"),
        ({"auth_public_key": Path("/nonexistent/key"), "auth_issuer": "i", "auth_audience": "a"}, "cannot be read"),
    ],
)
def test_settings_that_make_no_safe_server_are_refused(settings: MakeSettings, changes: dict[str, object], message: str) -> None:
    chosen = settings(transport="http", **changes)
    with pytest.raises(SettingsError, match=message):
        build_http_server(build_server(chosen), chosen.listen_policy(), chosen.auth_policy())


def test_a_private_key_is_not_taken_for_a_public_one(settings: MakeSettings, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    trustme.CA().issue_cert("login.example.com").private_key_pem.write_to_path(key)
    chosen = settings(transport="http", auth_public_key=key, auth_issuer="i", auth_audience="a")
    with pytest.raises(SettingsError, match="not a public key"):
        build_http_server(build_server(chosen), chosen.listen_policy(), chosen.auth_policy())


def test_the_address_is_told_as_clients_write_it() -> None:
    assert ListenPolicy().url == "http://127.0.0.1:8000/mcp"
    assert ListenPolicy(transport="sse", bind="::1", port=1, tls_cert=Path("c")).url == "https://[::1]:1/sse"


async def test_a_certificate_makes_it_https(open_service: OpenService, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    cert, key, ca = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(ca)
    async with open_service(tls_cert=cert, tls_key=key) as service:
        async with httpx.AsyncClient(verify=trusting(ca), trust_env=False) as client:
            assert (await client.get(f"https://127.0.0.1:{service.port}/healthz")).json() == {"alive": True}
        async with websockets.connect(
            f"wss://127.0.0.1:{service.port}/ws", ssl=trusting(ca), subprotocols=["mcp"], proxy=None
        ) as connection:
            await connection.send(json.dumps(PING))
            assert json.loads(await connection.recv())["id"] == 7


async def test_health_says_that_the_server_lives_and_is_ready_and_nothing_else(open_service: OpenService) -> None:
    async with open_service() as service:
        assert (await service.request("GET", "/healthz")).json() == {"alive": True}
        ready = await service.request("GET", "/readyz")
        assert ready.status_code == 200
        assert ready.json() == {
            "ready": True,
            "checks": {
                "documents": {"state": "ok", "detail": f"{OPERATIONS} operations"},
                "credentials": {"state": "ok", "detail": "4 of 4 customers usable"},
                "circuits": {"state": "ok"},
            },
        }


async def test_a_server_without_credentials_is_alive_but_not_ready(open_service: OpenService, tmp_path: Path) -> None:
    async with open_service(edgerc=tmp_path / "none") as service:
        assert (await service.request("GET", "/healthz")).status_code == 200
        ready = await service.request("GET", "/readyz")
        assert (ready.status_code, ready.json()["checks"]["credentials"]["state"]) == (503, "failure")
        assert str(tmp_path) not in ready.text


async def test_further_checks_decide_whether_it_is_ready_and_a_broken_one_is_a_failure(open_service: OpenService) -> None:
    async def slow() -> Finding:
        return Finding(name="redis", state="warning", detail="slow")

    async def broken() -> Finding:
        raise ConnectionError("secret-host.example.com")

    async with open_service() as service:
        service.server.checks.append(slow)
        assert (await service.request("GET", "/readyz")).status_code == 200
        service.server.checks.append(broken)
        ready = await service.request("GET", "/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"]["broken"] == {"state": "failure", "detail": "the check failed"}
        assert "secret-host" not in ready.text


async def test_an_open_circuit_is_a_warning_and_no_reason_to_send_calls_elsewhere(open_service: OpenService) -> None:
    async with open_service() as service, service.enter() as stage:
        service.fake.faults.add(Fault(status=503, times=None))
        for _ in range(30):
            await stage.ask("akamai_read", name=LISTS, cache="off")
        ready = await service.request("GET", "/readyz")
        assert (ready.status_code, ready.json()["checks"]["circuits"]["state"]) == (200, "warning")
