"""What `make conformance` makes of the suite's results, and that its page names what it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_conformance import ALWAYS, PACKAGES, judge, judge_answer

DOC = (Path(__file__).parents[1] / "docs/conformance.md").read_text(encoding="utf-8")


def check(name: str, status: str = "SUCCESS") -> dict[str, Any]:
    return {"id": name, "status": status, "errorMessage": "why"}


def test_a_scenario_passes_with_all_its_checks():
    verdict = judge("tools-list", [check("tools-list"), check("tools-name-format"), check(ALWAYS)])
    assert (verdict.passed, verdict.failed, verdict.reasons) == (2, (), ())


def test_a_check_that_applies_and_fails_is_a_failure():
    assert judge("tools-list", [check("tools-list", "FAILURE")]).failed == ("tools-list: why",)


def test_a_scenario_that_nobody_has_looked_at_applies():
    assert judge("brand-new", [check("brand-new", "FAILURE")]).failed


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE"])
def test_a_check_that_does_not_apply_counts_as_neither(status: str):
    verdict = judge("tools-call-image", [check("tools-call-image", status), check(ALWAYS)])
    assert (verdict.passed, verdict.failed) == (0, ())
    assert verdict.reasons


def test_messages_of_the_wrong_form_are_a_failure_wherever_they_are_seen():
    assert judge("tools-call-image", [check(ALWAYS, "FAILURE")]).failed


def test_of_a_scenario_that_applies_only_the_named_checks_are_left_out():
    left_out = check("sep-2575-missing-capability-http-400", "FAILURE")
    assert judge("server-stateless", [left_out]).failed == ()
    assert judge("server-stateless", [left_out, check("sep-2575-other", "FAILURE")]).failed == ("sep-2575-other: why",)


@pytest.mark.parametrize("output", ["", "no JSON", "{}", '{"tools": []}', '{"tools": [1], "isError": true}'])
def test_an_answer_that_is_none_or_tells_an_error_is_a_failure(output: str):
    assert judge_answer("tools/list", output, "tools", 1).failed


def test_an_answer_with_enough_in_it_passes():
    assert judge_answer("tools/list", json.dumps({"tools": [{}]}), "tools", 1).passed == 1


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_names_the_version_of_everything_that_is_run(package: str):
    assert f" {package.rpartition('@')[2]}" in DOC
