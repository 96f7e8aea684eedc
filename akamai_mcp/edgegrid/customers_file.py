"""The customers file: names for accounts, with the access rules of each.

```toml
sections = false                       # only the customers below; by default the sections of .edgerc are customers too

[acme]
section = "default"                    # the section with the credentials; by default the one of the same name,
account_switch_key = "1-ABC:1-2RBL"    # or the default section if there is a switch key
products = ["papi", "ccu"]
deny = ["papi/v1#delete-property"]
read_only = true
note = "production, change window on Tuesdays"
defaults = { contractId = "ctr_1-1AB", groupId = "grp_1", notifyEmails = ["ops@example.com"] }
```

Errors name the file, table and key, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from akamai_mcp.edgegrid.operator_files import read_operator_file
from akamai_mcp.errors import CredentialsError

SECTIONS: Final = "sections"
MAX_OPERATOR_LINE: Final = 300  # characters
MAX_RULES: Final = 1000
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_SWITCH_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}\Z")
_PRODUCT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\Z")
_LINE: Final = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One customer of the file; `section` names the section with its credentials."""

    name: str
    section: str
    account_switch_key: str = field(default="", repr=False)
    note: str = ""
    read_only: bool = False
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersFile:
    """All definitions by name, and whether the sections of `.edgerc` are customers too."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    sections: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A TOML table with checked access to its keys; `label` names it in errors."""

    label: str
    values: Mapping[str, Any]

    def wrong(self, key: str, wanted: str) -> CredentialsError:
        """Create the error for an invalid value."""
        return CredentialsError(f"{key} in {self.label} is invalid.", advice=f"Set it to {wanted}, or remove the key.")

    def text(self, key: str, wanted: str, fits: Callable[[str], object]) -> str:
        """Return a string, "" if absent. Raises CredentialsError."""
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not fits(value):
            raise self.wrong(key, wanted)
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean, false if absent. Raises CredentialsError."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def texts(self, key: str, wanted: str, fits: Callable[[str], object]) -> tuple[str, ...]:
        """Return a list of strings, empty if absent. Raises CredentialsError."""
        value = self.values.get(key)
        if value is None:
            return ()
        # An empty `allow` reads like "nothing", but would mean "everything".
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_RULES:
            raise self.wrong(key, f"a non-empty list of {wanted}")
        if not all(isinstance(one, str) and fits(one) for one in value):
            raise self.wrong(key, f"a list of {wanted}")
        return tuple(value)


KEYS: Final = ("section", "account_switch_key", "products", "allow", "deny", "read_only", "note", "defaults")
# Never what a call acts on or how far it reaches: a customer, a network, a version.
DEFAULTS: Final = ("contractId", "groupId", "notifyEmails")


def load_customers_file(path: Path, default_section: str) -> CustomersFile:
    """Read the customers of a file. Raises CredentialsError, which quotes no value."""
    missing = CredentialsError(f"There is no customers file {path}.", advice="Create it, or unset AKAMAI_MCP_CUSTOMERS_FILE.")
    return parse_customers(read_operator_file(path, missing=missing), str(path), default_section)


def parse_customers(text: str, source: str, default_section: str) -> CustomersFile:
    """Parse customers from TOML; `source` names the text in errors. Raises CredentialsError."""
    import tomllib  # 1.6 ms, so only a server with a customers file pays for it

    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The parser's own message may quote the text, and with it a switch key.
        line = _LINE.search(str(error))
        raise CredentialsError(
            f"{source} is not valid TOML{f' at line {line[1]}' if line else ''}.",
            advice='Write each customer as a [name] followed by lines such as account_switch_key = "...".',
        ) from None
    sections = content.pop(SECTIONS, True)
    if isinstance(sections, dict):  # [sections] is a customer of that name
        content[SECTIONS], sections = sections, True
    if not isinstance(sections, bool):
        raise CredentialsError(f"{SECTIONS} in {source} is invalid.", advice="Set it to true or false.")
    definitions = {name: _definition(name, values, source, default_section) for name, values in content.items()}
    # An empty file is probably one that is being written right now; accepting it would lift every rule.
    if not definitions:
        raise CredentialsError(f"{source} defines no customer.", advice="Add at least one [name].")
    return CustomersFile(definitions=definitions, sections=sections)


def _definition(name: str, values: Any, source: str, default_section: str) -> Definition:
    if not _NAME.match(name):
        raise CredentialsError(
            f"{source} has an invalid customer name: {printable(name)!r}.",
            advice='Use 1 to 64 letters, digits, dots, dashes and underscores; a dot needs quotes: ["acme.eu"].',
        )
    if not isinstance(values, dict):
        raise CredentialsError(
            f"{name} in {source} is not a table.",
            advice=f"Move it below a [name]; only {SECTIONS} may be above one.",
        )
    _check_keys(values, name, source)
    table = Table(label=f"[{name}] of {source}", values=values)
    switch_key = table.text("account_switch_key", "an account switch key as one word", _SWITCH_KEY.match)
    products = table.texts("products", "product names such as papi", _PRODUCT.match)
    section = table.text("section", "the name of a section of the credentials file", is_line)
    return Definition(
        name=name,
        section=section or (default_section if switch_key else name),
        account_switch_key=switch_key,
        note=table.text("note", f"one line of at most {MAX_OPERATOR_LINE} characters", is_line),
        read_only=table.flag("read_only"),
        allow=(*products, *table.texts("allow", "rules", is_line)),
        deny=table.texts("deny", "rules", is_line),
        defaults=_defaults(table),
    )


def _defaults(table: Table) -> dict[str, Any]:
    """The values for arguments that a call leaves out. Raises CredentialsError."""
    values = table.values.get("defaults", {})
    if not isinstance(values, dict) or not values.keys() <= {*DEFAULTS}:
        raise table.wrong("defaults", f"a table of {', '.join(DEFAULTS)}, and of nothing else")
    inner = Table(label=f"defaults of {table.label}", values=values)
    texts = {key: inner.text(key, "an identifier as one word", _SWITCH_KEY.match) for key in DEFAULTS[:2]}
    mails = inner.texts(DEFAULTS[2], "e-mail addresses", _MAIL.match)
    return {key: value for key, value in texts.items() if value} | ({DEFAULTS[2]: list(mails)} if mails else {})


def _check_keys(values: Mapping[str, Any], name: str, source: str) -> None:
    unknown = [key for key in values if key not in KEYS]
    if unknown:
        nested = isinstance(values[unknown[0]], dict)
        hint = f' A name with a dot needs quotes: ["{name}.{printable(unknown[0])}"].' if nested else ""
        raise CredentialsError(
            f"{printable(unknown[0])} in [{name}] of {source} is unknown.", advice=f"Known keys: {', '.join(KEYS)}.{hint}"
        )


def is_line(text: str) -> bool:
    """True for one non-blank printable line of at most 300 characters."""
    return bool(text.strip()) and text.isprintable() and len(text) <= MAX_OPERATOR_LINE


def printable(text: str) -> str:
    """The beginning of a text for an error message, without control characters, which a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:64])
