"""The example of a call is made from what the document and the guide say of each value."""

from __future__ import annotations

from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.calls.examples import example_arguments, example_of, example_value, read_form
from akamai_mcp.openapi.model import MediaType


class Notes:
    """Formats by a field's name, as the guide has them."""

    def __init__(self, **forms: str) -> None:
        self._forms = forms

    def form(self, name: str, schema: Any) -> Any:
        return self._forms.get(name)


TEXT = {"type": "string"}
# A schema, the field's name, and the example of it at a depth of two.
ROWS: list[tuple[dict[str, Any], str, Any]] = [
    (TEXT, "", "example"),
    ({**TEXT, "default": "a", "example": "b"}, "", "a"),
    ({**TEXT, "default": None, "example": "b"}, "", "b"),
    ({**TEXT, "default": "", "enum": ["x", "y"]}, "", "x"),
    ({"type": "boolean", "default": False}, "", False),
    ({**TEXT, "enum": []}, "", "example"),
    ({"type": "boolean"}, "", True),
    ({"type": "integer"}, "", 1),
    ({"type": "integer", "minimum": 300}, "", 300),
    ({"type": "number", "minimum": 0.5}, "", 0.5),
    ({**TEXT, "maxLength": 3}, "", "exa"),
    ({**TEXT, "maxLength": 1}, "", "e"),
    ({**TEXT, "maxLength": 0}, "", "example"),
    ({**TEXT, "maxLength": "3"}, "", "example"),
    ({**TEXT, "format": "date-time"}, "", "2026-11-01T00:00:00Z"),
    ({**TEXT, "format": "date"}, "", "2026-11-01"),
    ({**TEXT, "format": "email"}, "", "ops@example.com"),
    ({**TEXT, "format": "uri"}, "", "https://www.example.com/"),
    ({**TEXT, "format": "url"}, "", "https://www.example.com/"),
    ({**TEXT, "format": "hostname"}, "", "www.example.com"),
    ({**TEXT, "format": "ipv4"}, "", "192.0.2.10"),
    ({**TEXT, "format": "ip"}, "", "192.0.2.10"),
    ({**TEXT, "format": "uuid"}, "", "00000000-0000-4000-8000-000000000001"),
    ({**TEXT, "format": "no such"}, "", "example"),
    (TEXT, "notifyEmails", "ops@example.com"),
    (TEXT, "redirect_url", "https://www.example.com/"),
    (TEXT, "baseUri", "https://www.example.com/"),
    (TEXT, "href", "https://www.example.com/"),
    (TEXT, "edgeHostname", "www.example.com"),
    (TEXT, "originHost", "www.example.com"),
    (TEXT, "domain", "www.example.com"),
    (TEXT, "server_ip", "192.0.2.10"),
    (TEXT, "ipAddr", "192.0.2.10"),
    (TEXT, "ip_addr", "192.0.2.10"),
    (TEXT, "CREATED_ON", "2026-11-01T00:00:00Z"),
    (TEXT, "start_date", "2026-11-01"),
    (TEXT, "createdOn", "2026-11-01T00:00:00Z"),
    (TEXT, "lastModified", "2026-11-01T00:00:00Z"),
    (TEXT, "phone", "+1-503-555-0100"),
    (TEXT, "basePath", "/example"),
    ({"type": "array", "items": TEXT}, "", ["example"]),
    ({"type": "array", "items": TEXT}, "hosts", ["www.example.com"]),
    ({"type": "array"}, "", []),
    ({"type": "array", "items": {"type": "array", "items": {"type": "array", "items": TEXT}}}, "", [[[]]]),
    ({"type": "object"}, "", {}),
    ({"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["b", "gone"]}, "", {"b": "example"}),
    ({"type": "object", "properties": dict.fromkeys("abcd", TEXT)}, "", dict.fromkeys("abc", "example")),
    ({"type": "object", "properties": dict.fromkeys("abcd", TEXT), "maxProperties": 1}, "", {"a": "example"}),
    ({"type": "object", "properties": dict.fromkeys("abcde", TEXT), "maxProperties": 4}, "", dict.fromkeys("abc", "example")),
    ({"type": "object", "properties": {"id": {**TEXT, "readOnly": True}, "a": TEXT, "bad": 7}}, "", {"a": "example"}),
    ({"type": "object", "properties": {"a": TEXT, "bad": 7}, "required": ["a", "bad"]}, "", {"a": "example"}),
    (
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "object", "properties": {"c": TEXT}}}}}},
        "",
        {"a": {"b": {}}},
    ),
    ({"oneOf": [{"type": "object", "properties": {"url": TEXT}}, TEXT]}, "", {"url": "https://www.example.com/"}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "name", "example"), ROWS, ids=map(str, range(len(ROWS))))
def test_a_value_is_of_its_schemas_type_and_form(schema: dict[str, Any], name: str, example: Any) -> None:
    assert example_value(schema, 2, name=name) == example


@pytest.mark.parametrize(
    ("schema", "form", "example"),
    [
        (TEXT, "prp_1", "prp_1"),
        ({}, "prp_1", "prp_1"),
        ({}, '["a", "b"]', ["a", "b"]),
        (TEXT, '["a", "b"]', '["a", "b"]'),
        ({"type": "array", "items": TEXT}, '["a", "b"]', ["a", "b"]),
        ({"type": "array", "items": {"type": "integer"}}, "[1, 2]", [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, '["a"]', [1]),
        ({"type": "array", "items": {"type": "integer"}}, '[1, "a"]', [1]),
        ({"type": "array", "items": {}}, '[{"a": 1}]', [{"a": 1}]),
        ({"type": "array"}, '["a"]', ["a"]),
        ({"type": "array", "items": TEXT}, "[]", ["example"]),
        ({"type": "array", "items": TEXT}, "one", ["one"]),
    ],
)
def test_the_guides_form_stands_where_its_type_fits(schema: dict[str, Any], form: str, example: Any) -> None:
    assert example_value(schema, 2, Notes(thing=form), "thing") == example  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ("[FR, DE]", ["FR", "DE"]),
        ("[{a: 1}, b]", "[{a: 1}, b]"),
        ("{a: 1}", "{a: 1}"),
        ("[]", []),
        ("plain", "plain"),
        ("", ""),
        (7, 7),
        (None, None),
    ],
)
def test_a_form_that_stands_for_a_list_or_an_object_is_read_as_one(form: Any, value: Any) -> None:
    assert read_form(form) == value


def test_every_required_argument_has_an_example_and_no_other_one() -> None:
    one = operation(
        parameter("propertyId", "path", required=True),
        parameter("contractId", required=True),
        parameter("limit", schema={"type": "integer"}),
        request_body=body(MediaType(name="application/json", schema={"type": "object", "properties": {"host": TEXT}})),
    )
    assert example_arguments(one, Notes(propertyId="prp_1")) == {  # type: ignore[arg-type]
        "propertyId": "prp_1",
        "contractId": "example",
        "body": {"host": "www.example.com"},
    }


@pytest.mark.parametrize(
    ("media", "example"),
    [
        (MediaType(name="text/plain", schema={}), "example"),
        (MediaType(name="application/gzip", schema={}), {"base64": "SGVsbG8="}),
        (MediaType(name="application/x-www-form-urlencoded", schema={"properties": {"a": TEXT}}), {"a": "example"}),
        (MediaType(name="application/json", schema={}), {}),
        (MediaType(name="application/json", schema=TEXT), "example"),
        (MediaType(name="application/json", schema={"type": "array", "items": TEXT}), ["example"]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_body_is_of_its_media_types_kind(media: MediaType, example: Any) -> None:
    assert example_arguments(operation(request_body=body(media)), Notes()) == {"body": example}  # type: ignore[arg-type]


def test_the_guides_example_comes_first() -> None:
    class Entry:
        example: Any = {"a": 1}

    assert example_of(Entry(), operation(parameter("b", required=True)), Notes()) == {"a": 1}  # type: ignore[arg-type]


def nested(*names: str) -> dict[str, Any]:
    """An object in an object, each in a member of the name before."""
    return {"type": "object", "properties": {names[0]: nested(*names[1:])} if names else {"end": TEXT}}


def test_a_body_is_shown_to_its_third_level_and_a_parameter_to_its_first() -> None:
    one = operation(
        parameter("filter", required=True, schema=nested("a", "b")),
        request_body=body(MediaType(name="application/json", schema=nested("a", "b", "c", "d"))),
    )
    assert example_arguments(one, Notes()) == {"filter": {"a": {}}, "body": {"a": {"b": {"c": {}}}}}  # type: ignore[arg-type]


def test_the_body_is_of_the_media_type_that_the_path_of_the_example_means() -> None:
    one = operation(
        parameter("kind", "path", required=True),
        parameter("view", "query", required=True),
        path="/{kind}",
        request_body=body("application/json", "text/csv"),
        content_type={"path.kind": {"csr": "text/csv"}, "otherwise": "application/json"},
    )
    arguments = example_arguments(one, Notes(kind="csr", view="all"))  # type: ignore[arg-type]
    assert arguments == {"kind": "csr", "view": "all", "body": "example"}
    assert example_arguments(one, Notes(kind="rsa"))["body"] == {}  # type: ignore[arg-type]
