"""Work is waited for until it ends or time is up; a failed poll is not taken for failed work."""

from __future__ import annotations

from typing import Any

import pytest
from pipeline_fakes import FakeClock

from akamai_mcp.catalogue.outcomes.progress import ProgressNote
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.progress import Progress, Watch
from akamai_mcp.result.outcomes.waiting import Poll, Seen, Waited, begin_waiting, wait_for_outcome

GENERAL = Watch()


class FakeWork:
    """Work whose status is asked for: each poll is the next one, the last one for ever."""

    def __init__(self, *polls: Poll) -> None:
        self._polls = list(polls)

    async def __call__(self) -> Poll:
        return self._polls.pop(0) if len(self._polls) > 1 else self._polls[0]


def status(word: str, pause: float | None = None) -> Poll:
    return Poll(answer=Answer(content={"status": 200, "body": {"status": word}}, pause=pause), seen="read")


def failed(seen: Seen, pause: float | None = None) -> Poll:
    return Poll(answer=Answer(content={"problem": {"status": "FAILED"}}, is_error=True, pause=pause), seen=seen)


async def waited_for(
    *polls: Poll,
    clock: FakeClock | None = None,
    watch: Watch = GENERAL,
    first_pause: float | None = None,
    limit: float = 60,
    begin: Progress | None = None,
    **more: Any,
) -> Waited:
    clock = clock or FakeClock()
    pace = begin_waiting(first_pause, begin)
    return await wait_for_outcome(FakeWork(*polls), watch, pace, limit=limit, sleep=clock.sleep, clock=clock, **more)


async def test_work_is_followed_until_it_is_done_with_growing_pauses() -> None:
    clock = FakeClock()
    waited = await waited_for(status("PENDING"), status("PENDING"), status("ACTIVE"), clock=clock)
    assert (waited.state, waited.progress.word, waited.pace.asked, waited.failed) == ("done", "ACTIVE", 3, False)
    assert clock.slept == [2.0, 3.0, 4.5]


async def test_waiting_honours_the_pauses_that_the_answers_ask_for() -> None:
    clock = FakeClock()
    await waited_for(status("PENDING", pause=7.0), failed("again", pause=9.0), status("ACTIVE"), clock=clock, first_pause=5.0)
    assert clock.slept == [5.0, 7.0, 9.0]


async def test_waiting_ends_at_its_limit_without_calling_that_a_failure() -> None:
    clock = FakeClock()
    waited = await waited_for(status("PENDING"), clock=clock, limit=20)
    assert (waited.state, waited.failed) == ("pending", False)
    assert sum(clock.slept) <= 20


async def test_work_that_takes_hours_is_looked_at_once_a_minute() -> None:
    clock = FakeClock()
    await waited_for(status("PENDING"), clock=clock, limit=7200)
    assert (max(clock.slept[:40]), max(clock.slept)) == (15.0, 60.0)


async def test_work_that_failed_is_a_failure() -> None:
    waited = await waited_for(status("FAILED"))
    assert (waited.state, waited.failed, waited.pace.asked) == ("failed", True, 1)


@pytest.mark.parametrize("seen", ["again", "absent"])
async def test_a_poll_that_failed_is_followed_by_another_while_time_is_left(seen: Seen) -> None:
    waited = await waited_for(failed(seen), failed(seen), status("ACTIVE"))
    assert (waited.state, waited.failed, waited.pace.asked) == ("done", False, 3)
    over = await waited_for(failed(seen), limit=30)
    assert (over.state, over.failed, over.pace.asked > 3) == ("pending", False, True)


async def test_a_poll_that_is_refused_ends_the_waiting_and_the_work_is_not_called_failed() -> None:
    waited = await waited_for(status("PENDING"), failed("refused"))
    assert (waited.state, waited.failed, waited.pace.asked) == ("pending", False, 2)


async def test_what_is_absent_for_long_is_not_asked_for_any_more() -> None:
    waited = await waited_for(failed("absent"), limit=900)
    assert 60 < waited.pace.seconds < 90


async def test_waiting_lasts_up_to_its_limit_and_absence_counts_after_a_minute() -> None:
    assert (await waited_for(status("PENDING"), first_pause=60.0, limit=60)).pace.asked == 1
    assert (await waited_for(status("PENDING"), first_pause=60.1, limit=60)).pace.asked == 0
    # At 60 seconds it may still be that it is not visible everywhere; the next look is the last.
    assert (await waited_for(failed("absent"), first_pause=60.0, limit=900)).pace.asked == 2


async def test_a_word_that_nobody_knows_is_waited_on() -> None:
    waited = await waited_for(status("Strange"), status("ACTIVE"))
    assert (waited.state, waited.pace.asked) == ("done", 2)


async def test_how_waiting_ended_is_told_with_the_last_answer() -> None:
    waited = await waited_for(status("PENDING"), status("Active"))
    told = {"state": "done", "status": "Active", "seconds": 5, "asked": 2}
    assert waited.as_json() == {**told, "answer": {"status": 200, "body": {"status": "Active"}}}
    unseen = await waited_for(status("PENDING"), limit=1)
    assert unseen.as_json() == {"state": "pending", "seconds": 0, "asked": 0}


async def test_what_was_to_be_removed_is_gone_at_the_end() -> None:
    waited = await waited_for(status("ACTIVE"), failed("absent"), watch=Watch(note=ProgressNote(at=("x",)), removes=True))
    assert (waited.state, waited.progress.word, waited.failed) == ("done", "gone", False)


async def test_a_wait_for_input_ends_and_names_the_input() -> None:
    note = ProgressNote(at=("status",), needs=("awaiting-input",), wants="asks[].type")
    poll = Poll(answer=Answer(content={"body": {"status": "awaiting-input", "asks": [{"type": "csr"}]}}), seen="read")
    waited = await waited_for(poll, watch=Watch(note=note))
    assert (waited.state, waited.failed, waited.pace.asked) == ("needs-the-user", False, 1)
    assert waited.as_json()["wanted"] == ["csr"]


async def test_an_answer_that_never_shows_the_end_is_asked_for_once() -> None:
    waited = await waited_for(status("ACTIVE"), watch=Watch(note=ProgressNote(at=())))
    assert (waited.state, waited.pace.asked) == ("unknown", 1)


async def test_work_that_has_ended_is_not_asked_for() -> None:
    waited = await waited_for(status("PENDING"), begin=Progress(state="done", word="ACTIVE"))
    assert (waited.as_json(), waited.pace.asked) == ({"state": "done", "status": "ACTIVE", "seconds": 0, "asked": 0}, 0)


async def test_the_client_is_told_how_far_the_work_is() -> None:
    told: list[tuple[float, float | None, str]] = []

    async def report(done: float, total: float | None, message: str) -> None:
        told.append((done, total, message))

    await waited_for(status("PENDING"), status("ACTIVE"), first_pause=1.0, report=report)
    assert told == [(1.0, 60, "PENDING"), (2.5, 60, "ACTIVE")]
