"""Every operation through MCP against the sandbox: its own example arrives as that operation and its answer is decoded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mcp_stage import OpenStage

from akamai_mcp.calls.examples import example_of
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

ROWS = Path(__file__).resolve().parents[2].parent / "shared" / "conformance" / "client_requests.jsonl"


@pytest.fixture
def forgetful(fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch) -> FakeAkamai:
    """A fake Akamai that does not hold one test's deletions against the next call."""
    monkeypatch.setattr(fake, "_answers", FakeAkamai(fake.router, remembers=False)._answers)
    return fake


async def test_the_example_of_every_operation_arrives_as_that_operation(
    catalogue: Catalogue, open_stage: OpenStage, forgetful: FakeAkamai
) -> None:
    wrong: list[str] = []
    async with open_stage(cache=False) as stage:
        for entry in catalogue.entries():
            if entry.refusal:
                continue
            # What akamai_describe_operation shows, by the same function: tests/calls/test_describe.py.
            arguments = example_of(entry, catalogue.operation(entry), FieldNotes(catalogue, catalogue.product_of(entry)))
            before = len(forgetful.requests)
            reply = await stage.agreed(entry.name, arguments)
            # The first request: a read may follow a redirect to another operation.
            seen = forgetful.requests[before] if len(forgetful.requests) > before else None
            # The sandbox's answer from the schema of a 207 names failed items, and so is no success.
            failed = reply.failed and reply.content.get("status") != 207
            if failed or seen is None or (seen.operation, seen.method) != (entry.key, entry.method):
                wrong.append(f"{entry.key}: {seen and seen.operation} {arguments} {reply.text[:200]}")
            if len(forgetful.requests) > 5000:
                forgetful.requests.clear()
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(not ROWS.is_file(), reason="the recorded exchanges of Akamai's client are not beside the checkout")
async def test_recorded_answers_come_back_unchanged(open_stage: OpenStage, fake: FakeAkamai) -> None:
    wrong: list[str] = []
    async with open_stage(cache=False) as stage:
        for row in map(json.loads, ROWS.read_text().splitlines()):
            if row["response_body"] is None:
                continue
            body = row["response_body"]
            fake.faults.clear()
            answer = json.dumps(body).encode()
            fake.faults.add(Fault(status=row["response_status"], body=answer, content_type="application/json"))
            reply = await stage.agreed(
                "akamai_raw_request",
                toolName=row["operation"],
                pathParams=row["path_params"],
                queryParams=row["query_params"],
                maxBytes=2_000_000,
                **({} if row["body"] is None else {"body": row["body"]}),
            )
            given = reply.content.get("body", reply.content.get("problem"))
            if given != body:
                wrong.append(f"{row['id']}: {reply.text[:200]}")
    assert wrong == []
