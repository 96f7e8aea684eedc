"""What one folder of documents has that another has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation, write

from akamai_mcp.cli import main

KEY = "things/v1#"


def folder(root: Path, paths: dict[str, Any]) -> Path:
    write(root, "things/v1/openapi.json", document(paths=paths))
    return root


def get(name: str, **more: Any) -> dict[str, Any]:
    return {"get": operation(name, **more)}


def parameter(name: str, about: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}


def test_operations_are_new_changed_deprecated_or_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    old = {
        "/same": get("same", parameters=[parameter("a", "Old words.")]),
        "/gone": get("gone"),
        "/moved": get("moved"),
        "/asked": get("asked"),
        "/sent": {"post": operation("sent")},
        "/answered": get("answered"),
        "/old": get("old"),
    }
    new = {
        "/same": get("same", parameters=[parameter("a", "New words.")]),
        "/moved/on": get("moved"),
        "/asked": get("asked", parameters=[parameter("a")]),
        "/sent": {"post": operation("sent", requestBody=body)},
        "/answered": get("answered", responses={"200": {"description": "Done.", **body}}),
        "/old": get("old", **{"x-guide": {"instead": KEY + "added"}}),
        "/added": get("added"),
    }
    folders = [str(folder(tmp_path / name, paths)) for name, paths in (("old", old), ("new", new))]
    assert main(["specs", "diff", "--json", *folders]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["kind"], row["key"].removeprefix(KEY), row["parts"]) for row in rows] == [
        ("new", "added", ""),
        ("changed", "answered", "answers"),
        ("changed", "asked", "parameters"),
        ("removed", "gone", ""),
        ("changed", "moved", "path"),
        ("deprecated", "old", f"use {KEY}added"),
        ("changed", "sent", "body"),
    ]


def test_a_folder_that_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "diff", str(tmp_path / "absent")]) == 1
    assert "There is no folder" in capsys.readouterr().err
