"""A fixed share of the malformed lines of `make fuzz`."""

from __future__ import annotations

from fuzzing.lines import find_fault, fuzz_lines

LINES = 5000
SEED = 15


def test_generated_lines_are_refused_or_read_as_they_were_written() -> None:
    counts, faults = fuzz_lines(LINES, SEED)
    assert faults == []
    assert min(counts["malformed"], counts["well formed"]) > LINES / 10


def test_the_judge_sees_a_line_that_is_read_as_something_else() -> None:
    assert find_fault(b'{"jsonrpc":"2.0","id":1,"method":"ping"}') == ""
    assert find_fault(b"[]") == ""
