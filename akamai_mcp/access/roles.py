"""Roles: what each lets its callers do. Three are built in; a file of the operator's adds others or redefines these.

```toml
[dns-team]
customers = ["acme*"]              # names as globs; every customer if absent
effects = ["read", "write"]        # of read, write, destroy; read if absent
products = ["config-dns"]          # allow and deny as in the customers file
deny = ["PUT /config-dns/v2/keys*"]
secrets = true                     # also answers that are there to show a credential
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from akamai_mcp.access.callers import ALL_EFFECTS, EVERYONE, Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.edgegrid.customers_file import Table, is_line, printable
from akamai_mcp.edgegrid.watched import WatchedFile, read_operator_file
from akamai_mcp.errors import CredentialsError

BUILT_IN: Final[Mapping[str, Grant]] = {
    "reader": Grant(role="reader", effects=frozenset({"read"}), secrets=False),
    "writer": Grant(role="writer", effects=frozenset({"read", "write"}), secrets=False),
    "admin": Grant(role="admin"),
}
KEYS: Final = ("customers", "effects", "products", "allow", "deny", "secrets")
VARIABLE: Final = "AKAMAI_MCP_AUTH_ROLES_FILE"


class Roles:
    """The roles as they are at this moment. While a roles file was never usable there is none, the built-in ones included."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = WatchedFile(file, load_roles) if file else None

    def caller(self, name: str, roles: Iterable[str], customers: tuple[str, ...] = EVERYONE) -> Caller:
        """The caller with these roles; those that do not exist grant nothing."""
        known = self._known()
        return Caller(name=name, grants=tuple(known[role] for role in roles if role in known), customers=customers)

    def check(self) -> None:
        """Raises CredentialsError where the file cannot be used."""
        if self._file:
            self._file.renew()
            self._file.value()

    def _known(self) -> Mapping[str, Grant]:
        if self._file is None:
            return BUILT_IN
        self._file.renew()
        try:
            return {**BUILT_IN, **self._file.value()}
        except CredentialsError:
            return {}


def load_roles(path: Path) -> dict[str, Grant]:
    """The roles of a file. Raises CredentialsError."""
    return parse_roles(read_operator_file(path, VARIABLE), str(path))


def parse_roles(text: str, source: str) -> dict[str, Grant]:
    """The roles that a TOML text defines; `source` names it in errors. Raises CredentialsError."""
    import tomllib  # 1.6 ms: only a server that has such a file pays for it

    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CredentialsError(f"{source} is not TOML ({error}).", advice="Each role is a [name] followed by its keys.") from None
    if not content:
        raise CredentialsError(f"{source} defines no role.", advice="Give at least one [name].")
    return {name: _grant(name, values, source) for name, values in content.items()}


def _grant(name: str, values: Any, source: str) -> Grant:
    if not isinstance(values, dict) or (unknown := [key for key in values if key not in KEYS]):
        what = f"{printable(unknown[0])} in [{printable(name)}]" if isinstance(values, dict) else printable(name)
        raise CredentialsError(f"{what} of {source} is not known.", advice=f"Give [roles] with {', '.join(KEYS)}.")
    table = Table(place=f"[{printable(name)}] of {source}", values=values)
    effects = table.texts("effects", "effects: read, write, destroy", ALL_EFFECTS.__contains__) or ("read",)
    products = table.texts("products", "product names such as papi", is_line)
    return Grant(
        role=name,
        customers=table.texts("customers", "customers as globs", is_line) or EVERYONE,
        effects=frozenset(effect for effect in ALL_EFFECTS if effect in effects),
        secrets=table.flag("secrets"),
        rules=Rules(
            source=f"role {name}",
            allow=(*products, *table.texts("allow", "rules", is_line)),
            deny=table.texts("deny", "rules", is_line),
        ),
    )
