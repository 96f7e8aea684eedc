"""The faults that `make mutants` plants by name still fit the code, so that none of them is quietly left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from faults import list_faults, plant

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
KNOWN = yaml.safe_load((DATA / "known_faults.yaml").read_text(encoding="utf-8"))
WITHOUT_EFFECT = yaml.safe_load((DATA / "equivalent_mutants.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("fault", KNOWN, ids=lambda fault: fault["suffers"][:60])
def test_a_known_fault_can_be_planted_in_todays_code(fault: dict[str, str]) -> None:
    text = (ROOT / fault["file"]).read_text(encoding="utf-8")

    assert text.count(fault["find"]) == 1
    compile(text.replace(fault["find"], fault["put"]), fault["file"], "exec")


@pytest.mark.parametrize("row", WITHOUT_EFFECT, ids=lambda row: f"{row['change']} in {row['source'][:50]}")
def test_a_fault_that_is_said_to_have_no_effect_can_be_planted_and_has_a_reason(row: dict[str, str]) -> None:
    path = ROOT / row["file"]
    numbers = [number for number, found in enumerate(list_faults(path)) if found == (row["source"], row["change"])]
    assert numbers
    fault = plant(path, numbers[0])
    assert (fault.source, fault.change) == (row["source"], row["change"])
    assert fault.module != path.read_text(encoding="utf-8")
    assert row["reason"]
