"""However the path of an operation is spelled, the decision on the call is that of the plain path or stricter."""

from __future__ import annotations

import re
from random import Random

import pytest
from fuzzing.judge import Broken
from fuzzing.respelling import Decider, plain_path, respellings, values_that_reach

from akamai_mcp.catalogue.catalogue import Catalogue

SEED = 14
EACH = 4  # `make fuzz` tries more
LEAST_DECIDED = 2_500  # respellings that were not simply refused
LEAST_VALUES = 400
LEAST_VERSIONS = 1_500


def test_the_plain_path_of_each_operation_is_that_operation_alone(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        if not entry.refusal:
            found = catalogue.readable_as(entry.method, plain_path(entry.path))
            assert [one.key for one in found] == [entry.key]


def test_no_respelling_of_the_path_of_any_operation_is_judged_more_mildly(catalogue: Catalogue) -> None:
    random, decider, decided = Random(SEED), Decider(catalogue=catalogue), 0
    for entry in catalogue.entries():
        if entry.refusal:
            continue
        for path in respellings(random, plain_path(entry.path), EACH):
            decision = decider.decide(entry.method, path)
            decider.judge(entry, decision)
            decided += decision is not None
    assert decided > LEAST_DECIDED


def test_no_path_value_that_spells_another_operation_is_judged_more_mildly(catalogue: Catalogue) -> None:
    random, decider, decided = Random(SEED), Decider(catalogue=catalogue), 0
    entries = [entry for entry in catalogue.entries() if not entry.refusal]
    for entry in entries:
        near = [other for other in entries if other.method == entry.method and other.product == entry.product]
        for other in near:
            if values := values_that_reach(entry.path, other.path):
                slash = random.choice(("/", "%2F", "\\", "%252f", "\u2215"))
                spelled = {name: value.replace("/", slash) for name, value in values.items()}
                decision = decider.decide_values(entry, spelled)
                decider.judge(other, decision)
                decided += decision is not None
    assert decided > LEAST_VALUES


def test_no_version_that_no_document_describes_is_judged_more_mildly(catalogue: Catalogue) -> None:
    decider, decided = Decider(catalogue=catalogue), 0
    for number, entry in enumerate(catalogue.entries()):
        path = plain_path(entry.path)
        other = re.sub(r"/v\d+/", ("/v99.5/", "/")[number % 2], path, count=1)
        if not entry.refusal and other != path and catalogue.at_path(entry.method, other) is None:
            decision = decider.decide(entry.method, other)
            assert decision is not None
            decider.judge(entry, decision, by_path=False)
            decided += 1
    assert decided > LEAST_VERSIONS


@pytest.mark.parametrize(
    ("key", "path"), [("config-dns/v2#get-keys", "/config-dns/v2/zones"), ("papi/v1#delete-property", "/papi/v1/properties/1/x")]
)
def test_the_judge_sees_a_decision_on_another_operation(catalogue: Catalogue, key: str, path: str) -> None:
    decider = Decider(catalogue=catalogue)
    with pytest.raises(Broken):
        decider.judge(catalogue.get(key), decider.decide("GET", path))
