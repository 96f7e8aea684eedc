"""The call that shows how work ended gets its arguments; partial failures are not successes."""

from __future__ import annotations

import pytest

from akamai_mcp.openapi.model import Operation, Parameter
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.outcomes.follow_up import follow_up
from akamai_mcp.result.shaping import failed_items


def operation(path: str, *names: str) -> Operation:
    parameters = tuple(Parameter(name=n, location="path", required=True, style="simple", explode=False, schema={}) for n in names)
    return Operation(
        product="papi", version="v1", operation_id="get", method="GET", path=path, refusal="", summary="", tags=(),
        deprecated=False, parameters=parameters, request_body=None, responses=(), dialect="3.0",
    )  # fmt: skip


ACTIVATION = operation("/papi/v1/properties/{propertyId}/activations/{activationId}", "propertyId", "activationId")


def response(**headers: str) -> Response:
    return Response(status=201, headers=tuple(headers.items()), content=b"")


def test_a_link_in_the_body_gives_every_path_value() -> None:
    body = {"activationLink": "/papi/v1/properties/prp_1/activations/atv_9?contractId=ctr_1"}
    found = follow_up("tool", ACTIVATION, {"propertyId": "prp_1"}, response(), body)
    assert (found.arguments, found.missing) == ({"propertyId": "prp_1", "activationId": "atv_9"}, ())


def test_a_location_header_gives_them_too_and_is_decoded() -> None:
    found = follow_up(
        "tool", ACTIVATION, {}, response(location="https://akab.example/papi/v1/properties/a%20b/activations/7"), None
    )
    assert found.arguments == {"propertyId": "a b", "activationId": "7"}


@pytest.mark.parametrize("text", ["https://[", "https://[x]/papi", "//[", "/", "https://", "https://a:b:c/d"])
def test_a_text_that_only_begins_like_a_link_is_passed_over(text: str) -> None:
    link = "https://akab.example/gateway/papi/v1/properties/prp_1/activations/7/"
    found = follow_up("tool", ACTIVATION, {}, response(location=text), {"note": text, "link": link})
    assert found.arguments == {"propertyId": "prp_1", "activationId": "7"}


def test_fields_of_the_answer_and_arguments_of_the_call_fill_the_rest() -> None:
    found = follow_up("tool", ACTIVATION, {"propertyId": "prp_1"}, response(), {"data": {"activation_id": 12}})
    assert found.arguments == {"propertyId": "prp_1", "activationId": 12}


def test_a_single_id_fills_the_one_missing_value() -> None:
    found = follow_up("tool", ACTIVATION, {"propertyId": "prp_1"}, response(), {"id": 5})
    assert found.arguments["activationId"] == 5


def test_values_that_the_response_does_not_have_are_named() -> None:
    assert follow_up("tool", ACTIVATION, {"propertyId": "1"}, response(), {}).missing == ("activationId",)


def test_failed_items_are_found_by_the_list_they_are_in_and_by_their_own_status() -> None:
    assert failed_items({"successes": [{"id": 1}], "failures": [{"id": 2}]}) == [{"id": 2}]
    assert failed_items([{"status": 201}, {"status": 400, "id": 3}]) == [{"status": 400, "id": 3}]
    assert failed_items({"records": [{"success": False, "n": 1}, {"success": True}]}) == [{"success": False, "n": 1}]
    assert failed_items({"ok": [{"status": "VALID"}]}) == []
