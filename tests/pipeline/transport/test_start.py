"""What is set up once for all requests."""

from __future__ import annotations

import sys
from importlib import invalidate_caches
from importlib.machinery import PathFinder
from pathlib import Path

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


@pytest.mark.parametrize("is_installed", [False, True])
def test_only_a_sniffio_that_is_not_installed_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_installed: bool
) -> None:
    if is_installed:
        (tmp_path / "sniffio.py").touch()
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    invalidate_caches()
    forgo_sniffio()
    assert ("sniffio" in sys.modules) is not is_installed
    sys.modules.pop("sniffio", None)
