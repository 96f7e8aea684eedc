"""A fixed share of `make fuzz`: whatever is sent and answered, nothing crashes, is told or goes out that must not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from random import Random

import pytest
from fuzzing.agreement import History, Moment, actions_that_ask, fuzz_agreement
from fuzzing.core import Core, fire, in_batches, show
from fuzzing.heavy import KINDS, fuzz_heavy
from fuzzing.hostile import TEXTS, Hostile
from fuzzing.judge import Broken, judge_given_headers, judge_request, judge_result, judge_values
from fuzzing.programs import fuzz_programs
from fuzzing.protocol import fuzz_protocol
from fuzzing.second_caller import SecondCaller, find_fault
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.catalogue.catalogue import Catalogue

SEED = 20
EACH = 1  # shots at each of the operations
THROUGH_MCP = 250
CONSENT = 12_000  # steps
HEAVY = 1_500
PROGRAMS = 100
READ = "papi/v1#get-property"
MEANT = "/papi/v1/properties/prp_1"


async def test_a_hostile_input_for_each_operation_breaks_no_promise(catalogue: Catalogue, tmp_path: Path) -> None:
    random = Random(SEED)
    core = Core(catalogue, tmp_path, random)
    shots = EACH * len(catalogue)
    broken = [
        show(entry, shot, what)
        for entry, batch in in_batches(catalogue, random, shots, wild=True)
        for shot, what in await fire(core, batch)
    ]
    assert broken == []
    assert core.counts.total() == shots
    assert core.counts["sent"] > shots / 4  # many inputs are good enough to be sent, and so are judged


async def test_hostile_inputs_through_mcp_break_no_promise(catalogue: Catalogue, tmp_path: Path) -> None:
    broken = await fuzz_protocol(catalogue, tmp_path, THROUGH_MCP, SEED)
    assert dict(broken) == {}


async def test_no_hostile_program_escapes_its_bounds_or_sends_or_leaves_what_it_must_not(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    counts, broken = await fuzz_programs(catalogue, tmp_path, PROGRAMS, SEED)
    assert broken == []
    assert counts["ended"] > PROGRAMS / 2
    assert counts["agreed"] > 0


async def test_no_value_that_asks_for_much_work_keeps_a_second_caller_waiting() -> None:
    counts, broken, _ = await fuzz_heavy(HEAVY, SEED)
    assert broken == []
    assert {name.partition(" ")[0] for name in counts} == set(KINDS)
    assert sum(count for name, count in counts.items() if name.endswith("refused")) > HEAVY / 10


async def test_the_second_caller_sees_work_on_the_event_loop_memory_and_errors_that_are_no_refusals() -> None:
    def work() -> None:
        begun = time.process_time()
        while time.process_time() - begun < 1.1:
            pass

    assert "waited" in (await find_fault(work, SecondCaller(), on_loop=True))[1]
    assert "ZeroDivisionError" in (await find_fault(lambda: 1 / 0, SecondCaller()))[1]
    assert "grew by" in (await find_fault(lambda: bytearray(200 * 1024 * 1024).count(1), SecondCaller()))[1]
    assert await find_fault(lambda: None, SecondCaller()) == ("value", "")


async def test_no_history_of_questions_replies_and_tokens_sends_what_was_not_agreed_to(catalogue: Catalogue) -> None:
    counts, broken = await fuzz_agreement(catalogue, CONSENT, SEED)
    assert broken == []
    assert counts["sent"] > CONSENT / 60  # enough of the histories end in an agreement


async def test_the_account_of_consent_sees_a_token_that_is_taken_twice(catalogue: Catalogue) -> None:
    class Forgetful(Confirmations):
        def _take(self, meaning: bytes, token: str) -> bool:
            self._used.clear()
            return super()._take(meaning, token)

    history = History(actions=actions_that_ask(catalogue), random=Random(SEED))
    history.consent = Forgetful(ConfirmationPolicy(), clock=lambda: history.now, get_agreement=lambda: history.agreement)
    moment = Moment(action=0, identity="one", session="a", way="token")
    history.agreement = Agreement(way="token", session="a")
    await history._call(moment, "")
    (token,) = history.issued
    assert history._may_pass(moment, None, "", token)
    assert await history._call(moment, token)
    assert not history._may_pass(moment, None, "", token)
    assert await history._call(moment, token)


@pytest.mark.parametrize(
    "key", [READ, "papi/v1#patch-property-version-rules", "config-dns/v2#post-zones-zone-zone-file", "ccu/v3#post-delete-url"]
)
def test_hypothesis_finds_no_input_that_breaks_a_promise(
    catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory, key: str
) -> None:
    entry = catalogue.get(key)
    folder = tmp_path_factory.mktemp("fuzz")

    @hypothesis_settings(max_examples=40)
    @given(random=st.randoms(use_true_random=False))
    def hunt(random: Random) -> None:
        core = Core(catalogue, folder, random)
        shot = Hostile(random, catalogue.operation(entry), entry, wild=True).shot()
        asyncio.run(core.take(shot))

    hunt()


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("POST", MEANT, ()),
        ("GET", "/papi/v1/groups", ()),
        ("GET", "/papi/v1/properties/", ()),
        ("GET", "/papi/v1/properties/a/b", ()),
        ("GET", "/papi/v1/properties/..", ()),
        ("GET", "/papi/v1/properties/%252e%252e", ()),
        ("GET", "//evil.example/papi", ()),
        ("GET", "https://evil.example/papi", ()),
        ("GET", f"{MEANT}?a=1&ACCOUNTswitchkey=x", ()),
        ("GET", f"{MEANT}?a b", ()),
        ("GET", f"{MEANT}#x", ()),
        ("GET", MEANT, (("X", "a\r\nHost: evil.example"),)),
    ],
)
def test_the_judge_of_requests_sees_what_was_not_meant(
    catalogue: Catalogue, method: str, target: str, headers: tuple[tuple[str, str], ...]
) -> None:
    entry = catalogue.get(READ)
    judge_request("GET", f"{MEANT}?contractId=a%20b", (("Accept", "x"),), entry)
    with pytest.raises(Broken):
        judge_request(method, target, headers, entry)


@pytest.mark.parametrize("name", ["Host", "authorization", "Transfer-Encoding", "content-length"])
def test_the_judge_of_headers_sees_those_of_the_transport(name: str) -> None:
    with pytest.raises(Broken):
        judge_given_headers([(name, "x")])


def test_the_judge_of_values_sees_another_resource() -> None:
    judge_values("/a/x%2Fy", "/a/{id}", {"id": "x/y"})
    with pytest.raises(Broken):
        judge_values("/a/x/y", "/a/{id}", {"id": "x/y"})


@pytest.mark.parametrize(
    ("text", "failed", "sent"),
    [
        ('{"problem": {"title": "The server failed", "detail": "An unexpected error inside akamai-mcp; its log says which."}}', True, 0),
        ('{"body": "Traceback (most recent call last):"}', False, 1),
        ('{"body": "hunter2"}', False, 1),
        ('{"problem": {"title": "x"}, "sent": false}', True, 1),
        ('{"problem": {"title": "x"}}', True, 0),
        ('{"advice": "x"}', True, 1),
        ("[]", False, 1),
    ],
)  # fmt: skip
def test_the_judge_of_results_sees_crashes_traces_secrets_and_untruths(text: str, failed: bool, sent: int) -> None:
    judge_result('{"problem": {"title": "x"}, "sent": false}', None, failed=True, sent=0, secrets=["hunter2"])
    with pytest.raises(Broken):
        judge_result(text, None, failed=failed, sent=sent, secrets=["hunter2"])


def test_hostile_values_are_drawn_again_from_the_same_seed(catalogue: Catalogue) -> None:
    entry = catalogue.get(READ)
    first, second = (Hostile(Random(SEED), catalogue.operation(entry), entry, wild=False) for _ in range(2))
    assert [first.shot() for _ in range(50)] == [second.shot() for _ in range(50)]
    assert len(TEXTS) == len(set(TEXTS))
