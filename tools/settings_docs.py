"""Write the settings that settings.py declares to docs/configuration.md, .env.example and server.json (`make docs`)."""

from __future__ import annotations

import json
import re
from pathlib import Path

from replacing import replace_once

from akamai_mcp.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(rf"^\| variable \| default \| \|\n\|---\|---\|---\|\n(?:\| `{PREFIX}.*\n)+", re.MULTILINE)
EXAMPLE = re.compile(rf"^(?:# (?!{PREFIX}).+\n# {PREFIX}\w+=.*\n\n)+", re.MULTILINE)


def default_text(value: object) -> str:
    """A default value as written in an environment variable."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def settings_table() -> str:
    """The table of docs/configuration.md."""
    rows = ["| variable | default | |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = default_text(field.default)
        rows.append(f"| `{PREFIX}{name.upper()}` | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(rows) + "\n"


def settings_example() -> str:
    """The settings of .env.example."""
    return "".join(
        f"# {field.description}\n# {PREFIX}{name.upper()}={default_text(field.default)}\n\n"
        for name, field in Settings.model_fields.items()
    )


def with_table(text: str) -> str:
    """The text of docs/configuration.md with the current table."""
    return replace_once(TABLE, text, settings_table())


def with_example(text: str) -> str:
    """The text of .env.example with the current settings."""
    return replace_once(EXAMPLE, text, settings_example())


def with_entry(text: str) -> str:
    """The text of server.json with the current descriptions of its environment variables."""
    for name, field in Settings.model_fields.items():
        description = json.dumps(field.description, ensure_ascii=False)
        text = re.sub(rf'("name": "{PREFIX}{name.upper()}",\s*"description": )".*"', rf"\1{description}", text)
    return text


if __name__ == "__main__":
    for doc, rewritten in (("docs/configuration.md", with_table), (".env.example", with_example), ("server.json", with_entry)):
        path = ROOT / doc
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
