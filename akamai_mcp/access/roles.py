"""Roles and what they grant. Three are built in; the operator's roles file adds others or redefines these.

```toml
[dns-team]
customers = ["acme*"]              # globs; default: every customer
effects = ["read", "write"]        # read, write, destroy; default: read
products = ["config-dns"]          # also `allow` and `deny`, as in the customers file
deny = ["PUT /config-dns/v2/keys*"]
secrets = true                     # operations that return a credential too
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from akamai_mcp.access.callers import ALL_CUSTOMERS, ALL_EFFECTS, Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.edgegrid.customers_file import Table, is_line, printable
from akamai_mcp.edgegrid.operator_files import read_operator_file
from akamai_mcp.edgegrid.watched import WatchedFile
from akamai_mcp.errors import CredentialsError

BUILT_IN: Final[Mapping[str, Grant]] = {
    "reader": Grant(role="reader", effects=frozenset({"read"}), secrets=False),
    "writer": Grant(role="writer", effects=frozenset({"read", "write"}), secrets=False),
    "admin": Grant(role="admin"),
}
KEYS: Final = ("customers", "effects", "products", "allow", "deny", "secrets")
VARIABLE: Final = "AKAMAI_MCP_AUTH_ROLES_FILE"


class Roles:
    """The current roles. If the roles file was never readable there are none, not even the built-in ones."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = WatchedFile(file, load_roles) if file else None

    def caller(self, name: str, roles: Iterable[str], customers: tuple[str, ...] = ALL_CUSTOMERS) -> Caller:
        """Return the caller with these roles; an unknown role grants nothing."""
        known = self._known()
        return Caller(name=name, grants=tuple(known[role] for role in roles if role in known), customers=customers)

    def check(self) -> None:
        """Check that the file can be used. Raises CredentialsError."""
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
            return {}  # fail closed: the file may have taken rights away from a built-in role


def load_roles(path: Path) -> dict[str, Grant]:
    """Read the roles of a file. Raises CredentialsError."""
    return parse_roles(read_operator_file(path, advice=f"Set {VARIABLE} to a text file that the server may read."), str(path))


def parse_roles(text: str, source: str) -> dict[str, Grant]:
    """Parse roles from TOML; `source` names the text in errors. Raises CredentialsError."""
    import tomllib  # 1.6 ms, so only a server with a roles file pays for it

    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CredentialsError(
            f"{source} is not valid TOML ({error}).", advice="Write each role as a [name] followed by its keys."
        ) from None
    if not content:
        raise CredentialsError(f"{source} defines no role.", advice="Add at least one [name].")
    return {name: _grant(name, values, source) for name, values in content.items()}


def _grant(name: str, values: Any, source: str) -> Grant:
    if not isinstance(values, dict) or (unknown := [key for key in values if key not in KEYS]):
        what = f"{printable(unknown[0])} in [{printable(name)}]" if isinstance(values, dict) else printable(name)
        raise CredentialsError(f"{what} of {source} is unknown.", advice=f"Write tables [role] with the keys {', '.join(KEYS)}.")
    table = Table(label=f"[{printable(name)}] of {source}", values=values)
    effects = table.texts("effects", "effects: read, write, destroy", ALL_EFFECTS.__contains__) or ("read",)
    products = table.texts("products", "product names such as papi", is_line)
    return Grant(
        role=name,
        customers=table.texts("customers", "customers as globs", is_line) or ALL_CUSTOMERS,
        effects=frozenset(effect for effect in ALL_EFFECTS if effect in effects),
        secrets=table.flag("secrets"),
        rules=Rules(
            source=f"role {name}",
            allow=(*products, *table.texts("allow", "rules", is_line)),
            deny=table.texts("deny", "rules", is_line),
        ),
    )
