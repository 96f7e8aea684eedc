"""In the sandbox, each resource of the guide on undo is changed and brought back byte for byte, all of a document in one run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Reply, Stage, own_guide

from akamai_mcp.calls.examples import example_of
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.catalogue.outcomes.undo import UndoNote, read_undo
from akamai_mcp.programs.durable.states import Known
from akamai_mcp.request.arguments import argument_keys
from akamai_mcp.sandbox.app import FakeAkamai

SHARE = int(os.environ.get("UNDO_SHARE", "8"))  # one of so many; `make crashes` takes all
OTHER = {"alert": "deny", "deny": "alert"}
READ = "import json\n[json.dumps(await call(one['read'], one['where']), sort_keys=True) for one in inputs['all']]"
CHANGE = "for one in inputs['all']:\n    await call(one['call'], one['arguments'])\nlen(inputs['all'])"


@cache
def put_back() -> Mapping[str, dict[str, UndoNote]]:
    """The notes of writes that a PUT of what was there before takes back, by document."""
    found: dict[str, dict[str, UndoNote]] = {}
    for key, note in own_guide().undo.items():
        if (one := read_undo(note)).ways and one.ways[0].undo.arguments.get("body") == {"takes": "=before"}:
            found.setdefault(key.partition("#")[0], {})[key] = one
    return found


@pytest.fixture
async def kept(open_stage: OpenStage, fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that keeps what was there before, and a sandbox that remembers whatever it is told."""
    monkeypatch.setattr(fake, "habits", replace(fake.habits, account=False))
    fake.reset()
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        yield stage


def example_call(catalogue: Catalogue, key: str, note: UndoNote) -> dict[str, Any]:
    """A change of one resource, and the read that shows it."""
    entry = catalogue.get(key)
    operation = catalogue.operation(entry)
    arguments = example_of(entry, operation, FieldNotes(catalogue, catalogue.product_of(entry)))
    # What a document does not describe is kept as it is sent, and what a caller may not set is no part of a change.
    arguments["body"] = Known(catalogue).settable(key, arguments["body"]) or {"name": "example"}
    assert note.read
    known = argument_keys(catalogue.operation(catalogue.get(note.read.call)))
    where = {name: value for name, value in arguments.items() if name in known} | dict(note.read.arguments)
    return {"call": key, "arguments": arguments, "read": note.read.call, "where": where}


async def state(stage: Stage, calls: list[dict[str, Any]]) -> list[str]:
    reply = await stage.ask("akamai_query", program=READ, inputs={"all": calls}, maxBytes=1_000_000)
    assert not reply.failed, reply.text[:2000]
    return list(reply.content["body"])


async def made(stage: Stage, **arguments: Any) -> Reply:
    reply = await stage.ask("akamai_run", **arguments, maxBytes=1_000_000)
    if "confirm" in reply.content:
        reply = await stage.ask("akamai_run", confirm=reply.content["confirm"])
    assert not reply.failed, reply.text[:2000]
    return reply


def varied(value: Any) -> tuple[Any, bool]:
    """The value with its first text, number or switch changed; and whether there was one."""
    if isinstance(value, dict | list):
        parts = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        for place, part in parts:
            copy[place], is_changed = varied(part)
            if is_changed:
                return copy, True
        return value, False
    if isinstance(value, bool):
        return not value, True
    return (value + 1, True) if isinstance(value, int) else (OTHER.get(str(value), f"{value}x"), True)


def groups(calls: list[dict[str, Any]], paths: Mapping[str, str]) -> list[list[dict[str, Any]]]:
    """The calls, those apart whose resource is a part of another's: a change of it shows in both."""
    inner = [one for one in calls if any(paths[one["call"]].startswith(f"{path}/") for path in paths.values())]
    return [group for group in ([one for one in calls if one not in inner], inner) if group]


@pytest.mark.parametrize("document", sorted(put_back()))
async def test_what_a_put_replaced_is_brought_back(kept: Stage, catalogue: Catalogue, document: str) -> None:
    puts = {key: note for key, note in put_back()[document].items() if catalogue.get(key).method == "PUT"}
    notes = dict(list(puts.items())[::SHARE])
    calls = [example_call(catalogue, key, note) for key, note in notes.items()]
    # The sandbox knows of a resource by its path alone, and shows an example where a document calls a text an object.
    own = {key: note.read and catalogue.get(note.read.call).path == catalogue.get(key).path for key, note in notes.items()}
    own |= dict.fromkeys(("appsec/v1#put-policy-rapid-rule-action", "appsec/v1#put-policy-rapid-rules-action"), None)
    for group in groups(calls, {key: catalogue.get(key).path for key in notes}):
        await made(kept, program=CHANGE, inputs={"all": group})
        before = await state(kept, group)
        others = [one | {"arguments": one["arguments"] | {"body": varied(one["arguments"]["body"])[0]}} for one in group]
        changed = await made(kept, program=CHANGE, inputs={"all": others})
        between = await state(kept, group)
        unchanged = [one["call"] for one, old, new in zip(group, before, between, strict=True) if old == new and own[one["call"]]]
        done = await made(kept, program="@undo", inputs={"run": changed.content["run"]})
        assert (done.content["body"]["left"], unchanged) == ([], [])
        for one, old, new in zip(group, before, await state(kept, group), strict=True):
            assert (one["call"], new) == (one["call"], old)
