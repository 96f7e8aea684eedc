"""Arguments of the fixed tools and members of bodies in every form that lossy clients send: none is lost, no text is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_stage import MakeSettings

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.request.reading import kinds_of, read_whole
from akamai_mcp.server.app import build_server
from akamai_mcp.server.fixed.tool import Argument, check_arguments, read_arguments

PLAIN: dict[str, Any] = {"integer": 2, "number": 1.5, "boolean": True, "object": {"a": [1, "2"]}, "array": ["a", "1"]}
TEXTS = ("2", "2.0", "true", "False", "null", '{"a": 1}', "[1]", '"x"', " x ", "007")


def forms(kind: str) -> Iterator[Any]:
    """The forms in which the plain value of a type arrives."""
    plain = PLAIN[kind]
    yield plain
    yield json.dumps(plain)
    yield f"\n {json.dumps(plain)} "
    if kind == "integer":
        yield from (float(plain), f"{plain}.0")
    if kind == "boolean":
        yield from ("True", "TRUE", " true ")


def accepted(argument: Argument, value: Any) -> Any:
    """What a tool gets for an argument, which its check has to pass."""
    declared = (argument,)
    read = read_arguments(declared, {argument.name: value})
    check_arguments(declared, read | ({argument.name: ""} if argument.required and argument.name not in read else {}))
    return read.get(argument.name)


def cases(argument: Argument) -> Iterator[tuple[Any, Any]]:
    """(what is sent, what is read) of each form of an argument."""
    if argument.values:
        value = argument.values[0]
        yield from ((form, value) for form in (value, value.lower(), f" {value.upper()} "))
    elif argument.kind == "string":
        yield from ((text, text) for text in TEXTS if not (argument.many and text.startswith("[")))
    elif argument.kind == "any":
        yield from ((value, value) for value in (*TEXTS, "", 2, 2.0, True, [], {}))
    else:
        yield from ((form, PLAIN[argument.kind]) for form in forms(argument.kind))
    if argument.kind != "any":
        yield from ((placeholder, None) for placeholder in ("", "  ", None))


def test_an_argument_of_a_fixed_tool_is_read_in_every_form_and_its_text_is_kept(settings: MakeSettings) -> None:
    tools = build_server(settings()).tools_provider._fixed.values()
    tried = 0
    for tool in tools:
        for argument in tool._arguments:
            for sent, read in cases(argument):
                found = accepted(argument, sent)
                assert (found, type(found)) == (read, type(read)), (tool.name, argument.name, sent)
                tried += 1
    assert len(tools) >= 8
    assert tried > 400


def in_form(schema: Mapping[str, Any], number: int, levels: int = 3) -> tuple[dict[str, Any], dict[str, Any]]:
    """A body with each member that is plainly declared in one of the forms of its type, and what has to be read of it."""
    sent: dict[str, Any] = {}
    read: dict[str, Any] = {}
    for name, part in (schema.get("properties") or {}).items():
        kinds = kinds_of(part)
        if part.get("properties") and levels > 1 and is_plain(part):
            sent[name], read[name] = in_form(part, number, levels - 1)
        elif "string" in kinds and "enum" not in part:
            sent[name] = read[name] = TEXTS[number % len(TEXTS)]
        elif len(kinds) == 1 and (kind := next(iter(kinds))) in PLAIN and is_plain(part) and not part.get("items"):
            choices = list(forms(kind))
            sent[name], read[name] = choices[number % len(choices)], PLAIN[kind]
    return sent, read


def is_plain(schema: Mapping[str, Any]) -> bool:
    """True for a schema without alternatives and enumerations, whose members have one declaration each."""
    return not any(word in schema for word in ("allOf", "oneOf", "anyOf", "enum"))


def size(value: Any) -> int:
    """The number of members in a body, those within members too."""
    return sum(size(inner) if isinstance(inner, dict) and inner else 1 for inner in value.values())


def test_a_member_of_every_body_is_read_in_every_form_and_its_text_is_kept(catalogue: Catalogue) -> None:
    tried = 0
    for entry in catalogue.entries():
        body = catalogue.operation(entry).request_body
        schema = body.content[0].schema if body and body.content else {}
        for number in range(len(TEXTS)) if is_plain(schema) and schema.get("properties") else ():
            sent, read = in_form(schema, number)
            assert json.dumps(read_whole(sent, schema)) == json.dumps(read), (entry.key, number)
            assert json.dumps(read_whole(json.dumps(sent), schema)) == json.dumps(read), (entry.key, number)
            tried += size(read)
    assert tried > 10_000
