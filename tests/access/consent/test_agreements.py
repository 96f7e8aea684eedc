"""What the server knows of consent, and who calls, hold inside a context and no longer."""

from __future__ import annotations

from akamai_mcp.access.callers import LOCAL, NOBODY, Caller, calling, calling_again, current_caller
from akamai_mcp.access.consent.decision import NO_DIALOG, Agreement, agreeing, current_agreement

OUTER, INNER = Agreement(way="dialog", session="a"), Agreement(way="none")
ANN = Caller(name="ann")


def test_the_innermost_agreement_counts_and_outside_there_is_no_dialog() -> None:
    assert current_agreement() == NO_DIALOG == Agreement(way="token", reply=None, state="", session="", plan=None)
    with agreeing(lambda: OUTER):
        with agreeing(lambda: INNER):
            assert current_agreement() is INNER
        assert current_agreement() is OUTER
    assert current_agreement() == NO_DIALOG


def test_an_agreement_is_asked_for_each_time() -> None:
    found = iter((OUTER, INNER))
    with agreeing(lambda: next(found)):
        assert [current_agreement(), current_agreement()] == [OUTER, INNER]


def test_the_caller_of_now_can_be_set_again_for_what_goes_on_later() -> None:
    with calling_again():
        assert current_caller(NOBODY) is NOBODY
    with calling(lambda: ANN):
        again = calling_again()
    assert (current_caller(), current_caller(NOBODY)) == (LOCAL, NOBODY)
    with again:
        assert current_caller(NOBODY) is ANN
    assert current_caller(NOBODY) is NOBODY
