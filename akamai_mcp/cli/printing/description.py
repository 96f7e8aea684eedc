"""The description of an operation as a person reads it on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from rich.console import Console
from rich.markup import escape

from akamai_mcp.cli.printing.tables import make_table
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.schema import Json

MAX_LINE: Final = 2000
# What has a place of its own above the other facts.
PLACED: Final = frozenset({"name", "key", "summary", "request", "arguments", "body", "example", "returns", "schema", "at"})


def print_description(facts: Json, console: Console | None = None) -> None:
    """Print the facts that `akamai-mcp operations describe --json` has, as headings, tables and lines."""
    console = console or Console(highlight=False)
    console.print(f"[bold]{_text(facts['name'])}[/]  [dim]{_text(facts.get('key', ''))}[/]", soft_wrap=True)
    for name in ("summary", "request"):
        if name in facts:
            console.print(_text(facts[name]), soft_wrap=True)
    for name, value in facts.items():
        if name not in PLACED:
            console.print(f"[dim]{name}:[/] {_text(_inline(value))}", soft_wrap=True)
    _print_fields(console, "[bold]Arguments[/]", facts.get("arguments", {}))
    _print_body(console, facts.get("body", {}))
    _print_returns(console, facts.get("returns", {}))
    if "schema" in facts:
        console.print(f"\n[bold]{_text(facts['at'])}[/]")
        console.print(escape(orjson.dumps(facts["schema"], option=orjson.OPT_INDENT_2).decode()), soft_wrap=True)
    if "example" in facts:
        is_read = str(facts.get("effect", "")).startswith("read")
        _print_example(console, facts["key"], facts["example"]["arguments"], "" if is_read else " --dry-run")


def _print_fields(console: Console, title: str, fields: Mapping[str, Json]) -> None:
    if not fields:
        return
    console.print(f"\n{title}")
    table = make_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for name, field in fields.items():
        table.add_row(f"  {_text(name)}", _text(", ".join(kind_of(field))), _text(str(field.get("about", ""))))
    console.print(table)


def kind_of(field: Json) -> Iterator[str]:
    """The words for an argument or a member: where it goes, its type, whether it is required, its values and default."""
    yield from (str(field[name]) for name in ("in", "type") if field.get(name))
    if field.get("required") is True:
        yield "required"
    if values := field.get("enum"):
        yield f"one of {' '.join(map(_inline, values))}"
    if "default" in field:
        yield f"default {_inline(field['default'])}"


def _print_body(console: Console, body: Json) -> None:
    if not body:
        return
    schema = body.get("schema", {})
    required = schema.get("required", ())
    members = {name: {**member, "required": name in required} for name, member in schema.get("properties", {}).items()}
    need = "required" if body.get("required") else "optional"
    title = f"[bold]Body[/] [dim]{_text(body.get('contentType', ''))}, {need}[/]"
    _print_fields(console, title, members)
    if not members:
        console.print(f"\n{title}")
        console.print(f"  {_text(_inline(body.get('shape') or body.get('form') or schema))}", soft_wrap=True)


def _print_returns(console: Console, returns: Json) -> None:
    if returns:
        console.print("\n[bold]Returns[/]")
    for status, answer in returns.items():
        facts = answer if isinstance(answer, dict) else {"shape": answer}
        shape = next((facts[name] for name in ("shape", "schema", "contentType") if facts.get(name)), "")
        console.print(f"  {_text(status)}  {_text(_inline(shape))}", soft_wrap=True)


def _print_example(console: Console, key: str, arguments: Json, option: str) -> None:
    given = f" --json {shlex.quote(orjson.dumps(arguments).decode())}" if arguments else ""
    console.print("\n[bold]Example[/]")
    console.print(f"  {_text(f'akamai-mcp call {key}{given}{option}')}", soft_wrap=True)


def _inline(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _text(value: str) -> str:
    return escape(clean(value, MAX_LINE))
