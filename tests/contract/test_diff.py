"""What one folder of documents has that another has not."""

from __future__ import annotations

import json
import sys
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
    said = {"content": {"application/json": {"schema": {"type": "object", "description": "New words."}}}}
    same = {"requestBody": body, "responses": {"200": {"description": "Done.", **body}}}
    old = {
        "/same": get("same", parameters=[parameter("a", "Old words.")], **same),
        "/gone": get("gone"),
        "/moved": get("moved"),
        "/asked": get("asked", parameters=[parameter("b"), parameter("c")]),
        "/sent": {"post": operation("sent")},
        "/answered": get("answered"),
        "/old": get("old"),
    }
    new = {
        "/same": get(
            "same", parameters=[parameter("a", "New words.")], requestBody=said, responses={"200": {"description": "", **said}}
        ),
        "/moved/on": get("moved"),
        "/asked": get("asked", parameters=[parameter("a"), parameter("c") | {"required": True}]),
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
        ("changed", "answered", "answers ~200"),
        ("changed", "asked", "parameters +a -b ~c"),
        ("removed", "gone", ""),
        ("changed", "moved", "path"),
        ("deprecated", "old", f"use {KEY}added"),
        ("changed", "sent", "body"),
    ]


def test_a_folder_that_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "diff", str(tmp_path / "absent")]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_a_terminal_gets_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (folder(tmp_path / name, {f"/{name}": get(name)}) for name in ("gone", "added"))
    monkeypatch.setenv("TERM", "dumb")  # without colors
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["specs", "diff", str(old), str(new)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["kind", "key", "summary", "parts"]
    assert [line.split()[:2] for line in lines[1:3]] == [["new", KEY + "added"], ["removed", KEY + "gone"]]
    assert lines[-1] == "2 rows, new: 1, changed: 0, deprecated: 0, removed: 1"
