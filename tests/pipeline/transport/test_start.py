"""What is set up once for all requests."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

import pytest

from akamai_mcp.pipeline.transport.transport import forgo_sniffio


def test_a_sniffio_that_is_missing_is_not_searched_for_at_each_lock_and_one_that_is_there_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    is_missing = PathFinder.find_spec("sniffio") is None
    forgo_sniffio()
    assert ("sniffio" in sys.modules) is is_missing
    assert sys.modules.pop("sniffio", None) is None
