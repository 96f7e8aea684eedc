"""Test modules compiled before a run: pytest takes what was compiled, and a module that changed is compiled again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import _read_pyc
from compiled_once import compile_tests


def test_pytest_takes_what_was_compiled_until_a_module_changes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    module = tmp_path / "test_one.py"
    module.write_text("def test_one():\n    assert 1\n", encoding="utf-8")
    assert compile_tests(request.config, tmp_path) == 1
    [compiled] = tmp_path.glob("__pycache__/test_one.*.pyc")
    assert _read_pyc(module, compiled) is not None
    assert compile_tests(request.config, tmp_path) == 0

    module.write_text("def test_two():\n    assert 2\n", encoding="utf-8")
    later = compiled.stat().st_mtime + 1
    os.utime(module, (later, later))
    assert _read_pyc(module, compiled) is None
    assert compile_tests(request.config, tmp_path) == 1
    code = _read_pyc(module, compiled)
    assert code is not None
    assert "test_two" in code.co_names
