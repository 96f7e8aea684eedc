"""Large answers: what is kept for whom, who may read it again, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from calls_stage import ZOO, CallsStage, shown

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.callers import LOCAL
from akamai_mcp.access.policy import Rules
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import InvokerPolicies
from akamai_mcp.calls.stored import source_of
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import AccessError, ArgumentError
from akamai_mcp.logs import configure_logs
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.off_loop import LARGE, OffLoop
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.store import Source, StorePolicy, unpack

T = TypeVar("T")
MANY = {"names": [f"name {number}" for number in range(200)]}
LINES = "".join(f"line {number}\n" for number in range(300))
JOBS = Source(customer="one", operation="zoo/v1#get-jobs", method="GET", path=f"{ZOO}/jobs")


class FakeShared:
    """Remembers what the replicas share; it has nothing of others."""

    def __init__(self) -> None:
        self.put_there: dict[str, bytes] = {}

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        self.put_there[handle] = content
        return True

    async def get(self, handle: str) -> bytes | None:
        return self.put_there.get(handle)


class NotingOffLoop(OffLoop):
    """Does everything at once and notes what would have been done in a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.beside: list[bool] = []

    async def run(self, work: Callable[[], T], *, size: int) -> T:
        self.beside.append(size > LARGE)
        return work()


@pytest.fixture
def shared() -> FakeShared:
    return FakeShared()


@pytest.fixture
def storing(zoo: Catalogue, customers: Customers, shared: FakeShared) -> CallsStage:
    """A stage whose replicas share results."""
    return CallsStage(zoo, customers, shared_results=shared)


async def cut(stage: CallsStage, body: Any = MANY, operation: str = "get-jobs", path: str = "/jobs", **arguments: Any) -> str:
    """The handle of an answer that was cut."""
    stage.akamai.tell(f"GET {path}", shown(body))
    content = (await stage.call(operation, maxBytes=500, **arguments)).content
    return str(content["_cut"]["whole"])


def actions(stage: CallsStage, *names: str) -> list[Action]:
    entries = [stage.catalogue.get(f"zoo/v1#{name}") for name in names]
    return [
        to_action(entry, Placed(), "read", products=("zoo",), target=entry.path, customer="one", caller="local")
        for entry in entries
    ]


# --- reading it again ---------------------------------------------------------------------------------------------------


async def test_a_kept_answer_is_read_whole_or_in_part_and_says_whose_it_is(storing: CallsStage, shared: FakeShared) -> None:
    handle = await cut(storing)
    read = storing.invoker.stored.read
    assert (await read(handle, Controls())).content == {"operation": "zoo/v1#get-jobs", "body": MANY}
    assert (await read(handle, Controls(select="names[7]"))).content["body"] == "name 7"
    assert (await read(handle, Controls(customer="one"))).content["body"] == MANY
    again = (await read(handle, Controls(max_bytes=500))).content
    assert again["_cut"]["whole"] == handle
    assert list(shared.put_there) == [handle.removeprefix("akamai://results/")]
    assert unpack(*shared.put_there.values()).sources == (JOBS,)
    assert len(storing.akamai.calls) == 1


async def test_of_a_text_lines_are_selected_and_the_whole_is_a_text(stage: CallsStage) -> None:
    handle = await cut(stage, LINES)
    read = stage.invoker.stored.read
    assert (await read(handle, Controls())).content["body"] == LINES
    assert (await read(handle, Controls(select="[1:3]"))).content["body"] == ["line 1", "line 2"]


async def test_an_answer_is_nobody_elses_and_an_unknown_one_says_what_to_do(stage: CallsStage) -> None:
    handle = await cut(stage)
    for who, asked in ((replace(LOCAL, name="another"), handle), (LOCAL, "akamai://results/none"), (LOCAL, "n" * 200)):
        stage.caller = who
        with pytest.raises(ArgumentError) as refused:
            await stage.invoker.stored.find(asked)
        assert refused.value.message == f"Nothing is stored under {asked[:80]!r}."
        assert refused.value.advice == "Stored answers expire after a while: repeat the call."
    stage.caller = LOCAL
    assert (await stage.invoker.stored.find(f"{handle}?search=x")).operation == "zoo/v1#get-jobs"


async def test_an_answer_of_one_customer_is_not_read_for_another(stage: CallsStage) -> None:
    handle = await cut(stage, customer="two")
    with pytest.raises(ArgumentError) as refused:
        await stage.invoker.stored.read(handle, Controls(customer="one"))
    assert refused.value.message == f"The answer stored under {handle!r} belongs to customer 'two'."
    assert refused.value.advice == "Omit `customer`."


@pytest.mark.parametrize("denied", ["zoo/v1#get-jobs", "GET /things/v1/jobs"])
async def test_who_may_not_make_the_call_any_more_may_not_read_its_answer(stage: CallsStage, denied: str) -> None:
    handle = await cut(stage)
    stage.gate.rules = Rules(source="today", deny=(denied,))
    with pytest.raises(AccessError):
        await stage.invoker.stored.read(handle, Controls())
    stage.gate.rules = Rules(source="today", deny=("zoo/v1#get-job",))
    await stage.invoker.stored.read(handle, Controls())


async def test_an_answer_that_no_document_describes_is_judged_by_its_path(stage: CallsStage) -> None:
    stage.akamai.tell("GET /nowhere", shown(MANY))
    handle = (await stage.call_path("GET", "/nowhere", max_bytes=500)).content["_cut"]["whole"]
    assert (await stage.invoker.stored.read(handle, Controls())).content["body"] == MANY
    stage.gate.rules = Rules(source="today", deny=("GET /things/v1/nowhere",))
    with pytest.raises(AccessError):
        await stage.invoker.stored.read(handle, Controls())


async def test_an_answer_behind_a_redirect_is_read_by_whom_both_calls_are_allowed(stage: CallsStage) -> None:
    moved = Response(status=302, headers=(("location", f"{ZOO}/boxes?page=2"),), content=b"")
    stage.akamai.tell("GET /jobs", moved)
    stage.akamai.tell("GET /boxes", shown(MANY))
    content = (await stage.call("get-jobs", maxBytes=500)).content
    stored = await stage.invoker.stored.find(content["_cut"]["whole"])
    boxes = Source(customer="one", operation="zoo/v1#get-boxes", method="GET", path=f"{ZOO}/boxes")
    assert stored.sources == (JOBS, boxes)
    stage.gate.rules = Rules(source="today", deny=("zoo/v1#get-boxes",))
    with pytest.raises(AccessError):
        await stage.invoker.stored.find(content["_cut"]["whole"])


# --- what is kept -------------------------------------------------------------------------------------------------------


async def test_an_answer_with_a_credential_is_kept_nowhere(storing: CallsStage, shared: FakeShared) -> None:
    storing.akamai.tell("GET /tokens", shown(MANY))
    content = (await storing.call("get-tokens", maxBytes=500)).content
    assert "whole" not in content["_cut"]
    assert shared.put_there == {}


async def test_an_answer_that_fits_or_is_too_large_to_keep_is_not_shared(
    zoo: Catalogue, customers: Customers, shared: FakeShared
) -> None:
    policies = InvokerPolicies(files=FilePolicy(), store=StorePolicy(max_answer_bytes=1000))
    stage = CallsStage(zoo, customers, policies=policies, shared_results=shared)
    stage.akamai.tell("GET /jobs", shown(MANY))
    assert "_cut" not in (await stage.call("get-jobs")).content
    assert "whole" not in (await stage.call("get-jobs", maxBytes=500)).content["_cut"]
    shaped = await stage.invoker.stored.shape_program(Answer(content={"body": MANY}), 500, (JOBS,), secret=False)
    assert "whole" not in shaped.content["_cut"]
    assert await stage.invoker.stored.keep_lines(["x" * 2000], actions(stage, "get-jobs")) is None
    assert shared.put_there == {}


async def test_the_result_of_a_program_is_kept_for_its_caller_with_every_source_unless_it_is_secret(
    storing: CallsStage, shared: FakeShared
) -> None:
    storing.caller = replace(LOCAL, name="alice")
    boxes = replace(JOBS, customer="two", operation="zoo/v1#get-boxes", path=f"{ZOO}/boxes")
    shape = storing.invoker.stored.shape_program
    secret = await shape(Answer(content={"body": MANY}), 500, (JOBS, boxes), secret=True)
    assert "whole" not in secret.content["_cut"]
    assert shared.put_there == {}
    kept = (await shape(Answer(content={"body": MANY}), 500, (JOBS, boxes), secret=False)).content["_cut"]["whole"]
    (packed,) = shared.put_there.values()
    stored = await storing.invoker.stored.find(kept)
    assert stored == unpack(packed)
    assert (stored.caller, stored.sources, stored.value()) == ("alice", (JOBS, boxes), MANY)
    answer = await storing.invoker.stored.read(kept, Controls())
    assert answer.content == {"body": MANY}  # several operations, so none is named
    with pytest.raises(ArgumentError, match="belongs to customer 'one', 'two'"):
        await storing.invoker.stored.read(kept, Controls(customer="acme"))


async def test_the_lines_of_a_plan_are_kept_apart_from_each_other_for_its_caller(storing: CallsStage, shared: FakeShared) -> None:
    storing.caller = replace(LOCAL, name="alice")
    made = actions(storing, "get-jobs", "get-boxes", "get-jobs")
    handle = await storing.invoker.stored.keep_lines(["first\nof it", "second"], made)
    assert handle
    stored = await storing.invoker.stored.find(handle)
    assert (stored.caller, stored.value()) == ("alice", "first\nof it\n\nsecond")
    assert set(stored.sources) == {*map(source_of, made)}
    assert len(stored.sources) == 2
    assert [unpack(packed) for packed in shared.put_there.values()] == [stored]


# --- files --------------------------------------------------------------------------------------------------------------


def picture(**headers: str) -> Response:
    return Response(status=200, headers=(("content-type", "image/png"), *headers.items()), content=b"\x89PNG" * 200)


@pytest.mark.parametrize(
    ("headers", "name"),
    [({}, "zoo-get-jobs.bin"), ({"content-disposition": 'attachment; filename="zoo.png"'}, "zoo.png")],
)
async def test_a_large_file_is_saved_under_the_name_that_it_has_or_its_operations(
    zoo: Catalogue, customers: Customers, tmp_path: Path, headers: dict[str, str], name: str
) -> None:
    policies = InvokerPolicies(files=FilePolicy(), downloads=DownloadPolicy(folder=tmp_path))
    stage = CallsStage(zoo, customers, policies=policies)
    stage.akamai.tell("GET /jobs", picture(**headers))
    body = (await stage.call("get-jobs", maxBytes=500)).content["body"]
    assert body["savedTo"] == str(tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"\x89PNG" * 200


async def test_a_file_that_cannot_be_saved_is_kept_and_the_log_says_so(
    zoo: Catalogue, customers: Customers, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs("warning", "console")  # whatever a test before this one has set
    (tmp_path / "taken").touch()
    policies = InvokerPolicies(files=FilePolicy(), downloads=DownloadPolicy(folder=tmp_path / "taken"))
    stage = CallsStage(zoo, customers, policies=policies)
    stage.akamai.tell("GET /jobs", picture())
    body = (await stage.call("get-jobs", maxBytes=500)).content["body"]
    assert "savedTo" not in body
    assert "the download folder cannot be written" in capfd.readouterr().err
    embedded = await stage.invoker.stored.read(f"{body['whole']}?embed=true", Controls())
    assert embedded.attachment
    assert len(embedded.attachment.base64) > 1000
    linked = await stage.invoker.stored.read(body["whole"], Controls())
    assert linked.attachment
    assert linked.attachment.base64 == ""


# --- beside the event loop ----------------------------------------------------------------------------------------------


async def test_what_may_be_large_is_worked_on_beside_the_event_loop(stage: CallsStage) -> None:
    handle = await cut(stage, LINES)
    whole = await cut(stage, "x" * (LARGE + 1))
    noting = stage.invoker.stored.off_loop = NotingOffLoop()
    read, beside = stage.invoker.stored.read, []
    for asked, controls in (
        (handle, Controls()),
        (handle, Controls(select="[0]")),
        (handle, Controls(paginate=True)),
        (f"{handle}?search=x", Controls()),
        (whole, Controls()),
    ):
        await read(asked, controls)
        beside.append(noting.beside.pop())
    assert beside == [False, True, True, True, True]
    await stage.invoker.stored.shape_program(Answer(content={"body": 1}), 500, (), secret=False)
    assert noting.beside == [True]
    noting.beside.clear()
    for body, size in (("x", False), ("x" * LARGE, True)):
        stage.akamai.tell("GET /jobs", shown(body))
        await stage.call("get-jobs")
        assert noting.beside[-2:] == [size, size]  # reading the response, and its shape
    stage.akamai.tell("GET /jobs", shown("x", 400), shown("x", 429), shown("x", 500))
    assert [(await stage.call("get-jobs")).content["status"] for _ in range(3)] == [400, 429, 500]
    assert noting.beside[-6:] == [True, False, False, False, False, False]  # arguments that may be wrong are compared
