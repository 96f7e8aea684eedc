"""Where the arguments of the call that shows an outcome come from: a link, the call itself, the fields of its answer."""

from __future__ import annotations

from typing import Any

import pytest
from samples import operation, parameter

from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.outcomes.follow_up import FollowUp, follow_up

SHOWN_BY = operation(
    parameter("thingId", "path"),
    parameter("jobId", "path"),
    parameter("contractId"),
    parameter("mode", required=True),
    parameter("limit"),
    path="/zoo/v1/things/{thingId}/jobs/{jobId}",
)
LINK = "/zoo/v1/things/1/jobs/2?contractId=ctr_l&mode=linked&limit=5"


@pytest.mark.parametrize(
    ("arguments", "body", "found", "missing"),
    [
        ({}, {}, {}, ("thingId", "jobId")),
        ({}, {"link": LINK}, {"thingId": "1", "jobId": "2", "contractId": "ctr_l", "mode": "linked"}, ()),
        ({"thingId": "9", "contractId": "ctr_a", "mode": "m", "limit": 3}, {"link": LINK}, {"thingId": "1", "jobId": "2", "contractId": "ctr_a", "mode": "m"}, ()),
        ({"thingId": "9"}, {"job_id": 7, "mode": "told", "contractId": "ctr_b"}, {"thingId": "9", "jobId": 7, "mode": "told"}, ()),
        ({"thingId": "9"}, {"id": 7}, {"thingId": "9", "jobId": 7}, ()),
        ({}, {"id": 7}, {}, ("thingId", "jobId")),
        ({"thingId": "9"}, {"id": True}, {"thingId": "9"}, ("jobId",)),
        ({"thingId": "9"}, {"id": 7, "jobId": "8"}, {"thingId": "9", "jobId": "8"}, ()),
        ({"thingId": "9"}, {"jobs": [{"JOBID": "8"}]}, {"thingId": "9", "jobId": "8"}, ()),
        ({}, {"link": "/zoo/v1/things/1"}, {}, ("thingId", "jobId")),
        ({}, {"link": f"see {LINK}"}, {}, ("thingId", "jobId")),
    ],
)  # fmt: skip
def test_each_argument_comes_from_where_it_is_surest(
    arguments: dict[str, Any], body: Any, found: dict[str, Any], missing: tuple[str, ...]
) -> None:
    step = follow_up("tool", SHOWN_BY, arguments, Response(status=202, headers=(), content=b""), body)
    assert step == FollowUp(name="tool", arguments=found, missing=missing)


def test_a_field_is_found_without_regard_to_case_and_underscores_of_either_name() -> None:
    shown_by = operation(parameter("job_Id", "path"), path="/zoo/v1/jobs/{job_Id}")
    for field in ("jobId", "JOB_ID", "job_id", "_jobid"):
        found = follow_up("tool", shown_by, {}, Response(status=202, headers=(), content=b""), {"id": 1, "a": [{field: "8"}]})
        assert found.arguments == {"job_Id": "8"}
    other = follow_up("tool", shown_by, {}, Response(status=202, headers=(), content=b""), {"id": 1, "my_job_id": "8"})
    assert other.arguments == {"job_Id": 1}


def test_a_location_comes_before_a_link_in_the_body() -> None:
    response = Response(status=202, headers=(("location", "/zoo/v1/things/a/jobs/b"),), content=b"")
    assert follow_up("tool", SHOWN_BY, {}, response, {"link": LINK}).arguments == {"thingId": "a", "jobId": "b"}


def test_what_is_missing_is_shown_only_where_something_is() -> None:
    assert FollowUp(name="tool", arguments={"a": 1}, missing=()).as_json() == {"name": "tool", "arguments": {"a": 1}}
    assert FollowUp(name="tool", arguments={}, missing=("b",)).as_json() == {"name": "tool", "arguments": {}, "missing": ["b"]}
