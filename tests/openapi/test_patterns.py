"""Patterns are compiled within bounded memory, and nothing is kept of those that nobody holds."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from fuzzing.second_caller import memory

from akamai_mcp.openapi.patterns import compile_pattern

MIB = 1024 * 1024


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "(", "a{1001}", "(((a{100}){100}){100})"])
def test_what_re2_does_not_have_or_needs_more_memory_is_an_error_with_its_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compile_pattern(pattern, memory=MIB)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of the process from Linux")
def test_a_pattern_that_nobody_holds_takes_no_memory() -> None:
    random = Random(1)
    text = "".join(random.choice("01") for _ in range(60_000))
    before, _ = memory()
    for number in range(40):  # each text leads to many states
        assert not compile_pattern(f"1[01]{{20}}[2-9]{{{number + 1}}}", memory=4 * MIB).search(text)
    assert memory()[0] - before < 40 * 1024
