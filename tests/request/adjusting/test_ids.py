"""An identifier is written without its prefix where its place takes it bare, and everything else is left as it is."""

from __future__ import annotations

from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.documents.ids.prefixes import id_prefixes
from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.request.adjusting.ids import adjust_ids
from akamai_mcp.request.arguments import ABSENT, Placed

BARE = {"type": "string", "x-id": "bare"}
NUMBER = {"type": "integer", "x-id": "bare"}
SCHEMA = {
    "properties": {
        "contractId": BARE,
        "groupId": NUMBER,
        "contractIds": {"type": "array", "x-id": "bare", "items": {"type": "string"}},
        "rows": {"items": {"properties": {"contractId": BARE}}},
        "box": {"properties": {"groupId": NUMBER}},
        "plain": {"type": "string"},
    },
    "allOf": [{"properties": {"propertyId": BARE}}],
    "oneOf": [{"anyOf": [{"properties": {"cpcodeId": NUMBER}}]}, "no schema"],
}


def of(media: str = "application/json") -> Operation:
    return operation(
        parameter("contractId", schema=BARE),
        parameter("groupId", "path", schema=NUMBER),
        parameter("propertyId", "header", schema=BARE),
        parameter("cpcodeId", schema={"type": "integer"}),
        parameter("plain", schema=BARE),
        request_body=body(MediaType(name=media, schema=SCHEMA)),
    )


def test_each_location_is_adjusted_and_the_values_that_were_changed_are_named() -> None:
    placed = Placed(
        path={"groupId": "grp_2"},
        query={"contractId": "ctr_C-1,ctr_C-2,C-3", "cpcodeId": "cpc_7", "plain": "ctr_1"},
        header={"propertyId": "prp_3"},
        body={"contractId": "ctr_C-4"},
    )
    adjusted = adjust_ids(of(), placed)
    assert adjusted == Placed(
        path={"groupId": 2},
        query={"contractId": "C-1,C-2,C-3", "cpcodeId": "cpc_7", "plain": "ctr_1"},
        header={"propertyId": "3"},
        body={"contractId": "C-4"},
        adjusted={"contractId": "C-1,C-2,C-3", "groupId": 2, "propertyId": "3", "body.contractId": "C-4"},
    )


@pytest.mark.parametrize(
    ("given", "sent", "named"),
    [
        ({"contractId": "ctr_C-1", "more": "ctr_C-1"}, {"contractId": "C-1", "more": "ctr_C-1"}, {"body.contractId": "C-1"}),
        ({"contractIds": ["ctr_1", "2"]}, {"contractIds": ["1", "2"]}, {"body.contractIds[0]": "1"}),
        ({"rows": [{}, {"contractId": "ctr_1"}]}, {"rows": [{}, {"contractId": "1"}]}, {"body.rows[1].contractId": "1"}),
        ({"box": {"groupId": "grp_5"}}, {"box": {"groupId": 5}}, {"body.box.groupId": 5}),
        ({"propertyId": "prp_1"}, {"propertyId": "1"}, {"body.propertyId": "1"}),
        ({"cpcodeId": "cpc_1"}, {"cpcodeId": 1}, {"body.cpcodeId": 1}),
        ({"groupId": "grp_05"}, {"groupId": "05"}, {"body.groupId": "05"}),
        ('{"groupId": "grp_5", "a": 1}', {"groupId": 5, "a": 1}, {"body.groupId": 5}),
    ],
)
def test_a_member_of_a_body_is_adjusted_wherever_the_schema_has_it(given: Any, sent: Any, named: dict[str, Any]) -> None:
    adjusted = adjust_ids(of(), Placed(body=given))
    assert (adjusted.body, adjusted.adjusted) == (sent, named)


@pytest.mark.parametrize(
    ("given", "media"),
    [
        *((one, "application/json") for one in (ABSENT, 5, {"plain": "ctr_1"}, {"contractId": "C-1"}, '{"contractId": "C-1"}', '{"plain": "ctr_1"}')),
        ('{"contractId": "ctr_1"', "application/json"),
        ('{"contractId": "ctr_1", "contractId": "ctr_2"}', "application/json"),
        ('{"contractId": "ctr_1", "n": NaN}', "application/json"),
        ('{"contractId": "ctr_1"}', "text/plain"),
    ],
)  # fmt: skip
def test_what_has_no_such_identifier_or_is_read_in_two_ways_is_left_as_it_is(given: Any, media: str) -> None:
    placed = Placed(body=given)
    assert adjust_ids(of(media), placed) is placed


def test_text_is_written_anew_only_if_an_identifier_in_it_was_changed() -> None:
    adjusted = adjust_ids(of(), Placed(path={"groupId": "grp_2"}, body='{ "plain": "ctr_1" }'))
    assert (adjusted.path, adjusted.body) == ({"groupId": 2}, '{ "plain": "ctr_1" }')
    every = " ".join(sorted(id_prefixes()))
    adjusted = adjust_ids(of(), Placed(body=f'{{"contractId": "ctr_1", "plain": "{every}"}}'))
    assert adjusted.body == {"contractId": "1", "plain": every}


def test_an_operation_without_a_body_takes_whatever_it_is_given() -> None:
    placed = Placed(body={"contractId": "ctr_1"})
    assert adjust_ids(operation(), placed) is placed
