"""`specs build` and `specs check` refuse an effect that does not fit the operation of its document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation, write

from akamai_mcp.cli import main
from akamai_mcp.documents.check import check_documents

NETWORK = {"type": "string", "enum": ["STAGING", "PRODUCTION"]}
BODY = {"content": {"application/json": {"schema": {"type": "object", "properties": {"network": NETWORK}}}}}
GUIDE = """
product: zoo
operations:
  v1:
    post-a:
      summary: Activate a thing
      ask: [go live, push it, switch it on, release it, roll it out]
      effect: {write_when: {body.NAME: STAGING}}
"""


def post(**more: Any) -> dict[str, Any]:
    return document(paths={"/a": {"post": operation("post-a", requestBody=BODY, **more)}})


@pytest.mark.parametrize(
    ("effect", "fault"),
    [
        ({"write_when": {"body.network": "STAGING"}}, None),
        ("destroy", None),
        ("wrte", "unknown effect wrte"),
        ({"write_when": {"body.netwrok": "STAGING"}}, "effect: the operation has no body.netwrok"),
        ({"write_when": {"body.network": "PROD"}}, "effect: body.network cannot be 'PROD'"),
        ({"otherwise": "write", "destroy_when": {"body.network": "PRODUCTION"}}, "effect: destroy_when lists harmful values"),
    ],
)
def test_the_effects_of_a_users_document_are_checked(tmp_path: Path, effect: Any, fault: str | None) -> None:
    write(tmp_path, "zoo/v1/openapi.json", post(**{"x-guide": {"effect": effect}}))
    report = check_documents(tmp_path)
    assert report.ok is (fault is None)
    assert [fault in problem for problem in report.guide_problems if fault] == [True] * bool(fault)
    assert all(problem.startswith("zoo/v1/openapi.json: ") for problem in report.guide_problems)


@pytest.mark.parametrize(("name", "status"), [("network", 0), ("netwrok", 1)])
def test_a_build_says_which_condition_does_not_fit_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, status: int
) -> None:
    write(tmp_path, "in/zoo/v1/openapi.json", post())
    write(tmp_path, "guide/zoo.yaml", GUIDE.replace("NAME", name))
    given = [
        "specs",
        "build",
        "--source",
        str(tmp_path / "in"),
        "--out",
        str(tmp_path / "out"),
        "--guide",
        str(tmp_path / "guide"),
    ]
    assert main(given) == status
    fault = "zoo/v1/openapi.json: post-a: effect: the operation has no body.netwrok"
    assert (fault in capsys.readouterr().err) is bool(status)
