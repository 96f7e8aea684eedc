"""The customers that the server acts for: each a name and its credentials, read when they are wanted."""

from __future__ import annotations

from akamai_mcp.edgegrid.credentials import Credentials, CredentialsSource, list_sections, load_credentials
from akamai_mcp.errors import CredentialsError


class Customers:
    """Credentials by customer name; the default is named once and never guessed."""

    def __init__(self, source: CredentialsSource, default: str) -> None:
        self._source = source
        self.default = default

    @property
    def names(self) -> tuple[str, ...]:
        """Every configured customer."""
        return list_sections(self._source)

    def get(self, name: str | None) -> tuple[str, Credentials]:
        """(name, credentials) of a customer, or of the default one. Raises CredentialsError listing the known ones."""
        chosen = name or self.default
        known = self.names
        if name and known and name not in known:
            raise CredentialsError(
                f"There is no customer {name[:80]!r}.", advice=f"Configured customers: {', '.join(known)}."
            )
        return chosen, load_credentials(self._source, chosen)
