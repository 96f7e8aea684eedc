"""Media types: read by one module, the same way for requests, answers, schemas and the sandbox."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.media_types import (
    base_type,
    charset,
    is_binary,
    is_form,
    is_json,
    is_json_lines,
    is_multipart,
    is_range,
    is_text,
    may_be_json,
    parameters,
)

PACKAGE = Path(__file__).parents[1] / "akamai_mcp"
KINDS = {
    "json": is_json,
    "lines": is_json_lines,
    "text": is_text,
    "binary": is_binary,
    "form": is_form,
    "multipart": is_multipart,
    "range": is_range,
    "may be json": may_be_json,
}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("application/json", "json, may be json"),
        ("APPLICATION/JSON; charset=utf-8", "json, may be json"),
        ("application/problem+json", "json, may be json"),
        ("domain-vnd-config-gtm.v1.5+json", "json, may be json"),
        ("application/vnd.akamai.cps.enrollment.v11+json ;q=1", "json, may be json"),
        ("text/json", "json, may be json, text"),
        ("application/jsonlines", "lines, text"),
        ("application/json-seq", "lines, text"),
        ("text/dns", "text"),
        ("text/plain;charset=utf-8", "text"),
        ("application/xml", "text"),
        ("application/atom+xml", "text"),
        ("application/javascript", "text"),
        ("application/x-www-form-urlencoded; charset=UTF-8", "binary, form"),
        ("Multipart/Form-Data; boundary=a", "binary, multipart"),
        ("application/gzip", "binary"),
        ("*/*", "binary, may be json, range"),
        ("text/*", "range, text"),
        ("", ""),
    ],
)
def test_a_media_type_is_of_these_kinds_and_no_others(name: str, kinds: str) -> None:
    assert ", ".join(sorted(kind for kind, holds in KINDS.items() if holds(name))) == kinds


def test_every_media_type_of_the_documents_is_of_a_kind(catalogue: Catalogue) -> None:
    operations = [catalogue.operation(entry) for entry in catalogue.entries()]
    bodies = [media.name for one in operations if one.request_body for media in one.request_body.content]
    answers = [media.name for one in operations for response in one.responses for media in response.content]
    for name in {*bodies, *answers}:
        assert is_json(name) + is_text(name) + is_binary(name) == 1, name
        assert base_type(name) == base_type(base_type(name)), name


def test_a_media_types_parameters_and_case_do_not_name_it() -> None:
    assert base_type(" Text/CSV ; charset=UTF-8") == "text/csv"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("text/plain", {}),
        ("text/plain;", {}),
        ("text/plain; Charset=UTF-8; x=1", {"charset": "UTF-8", "x": "1"}),
        ('text/plain;charset="iso-8859-1"', {"charset": "iso-8859-1"}),
        (r'a/b; name="a \"quoted\" ; word=x"; b=2', {"name": 'a "quoted" ; word=x', "b": "2"}),
        ("text/plain; charset=utf-8; charset=latin-1", {"charset": "utf-8"}),
        ("text/plain; charset=", {"charset": ""}),
        ("text/plain; charset", {}),
    ],
)
def test_parameters_are_read_by_the_grammar_of_http(name: str, found: dict[str, str]) -> None:
    assert parameters(name) == found


@pytest.mark.parametrize("name", ["", "text/plain", "text/plain; charset=", 'text/plain; charset=""', "text/plain; x=charset=a"])
def test_text_without_a_charset_is_utf_8(name: str) -> None:
    assert charset(name) == "utf-8"


def test_no_other_module_tells_media_types_apart() -> None:
    words = ("application/json", "+json", "+xml", "charset=", "application/octet-stream", "x-www-form-urlencoded", "multipart/")
    # The names of forms and of our own responses on the wire, and samples of content by type, do not read a type; the sandbox
    # writes the names of its answers.
    allowed = {"media_types.py", "request/bodies.py", "sandbox/examples/samples.py", "server/http/messages.py"}
    allowed |= {"sandbox/account/papi/reads.py", "sandbox/account/certificates/changes.py"}
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(node.value.startswith(word) for word in words)
    }
    assert found <= allowed
