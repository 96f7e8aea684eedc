"""The faults that `make mutants` plants by name still fit the code, so that none of them is quietly left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
KNOWN = yaml.safe_load((Path(__file__).parent / "data" / "known_faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("fault", KNOWN, ids=lambda fault: fault["suffers"][:60])
def test_a_known_fault_can_be_planted_in_todays_code(fault: dict[str, str]) -> None:
    text = (ROOT / fault["file"]).read_text(encoding="utf-8")

    assert text.count(fault["find"]) == 1
    compile(text.replace(fault["find"], fault["put"]), fault["file"], "exec")
