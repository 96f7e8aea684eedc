"""The customers that the server acts for: each a name and its credentials, read anew when a file of theirs changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from akamai_mcp.edgegrid.credentials import (
    Credentials,
    CredentialsSource,
    Sections,
    find_credentials,
    name_sections,
    read_edgerc,
    secret_files,
)
from akamai_mcp.edgegrid.customers_file import CustomersFile, Definition, load_customers_file
from akamai_mcp.edgegrid.watched import Stamp, WatchedFile, file_stamp, log_warning
from akamai_mcp.errors import CredentialsError

MAX_NAMED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whom a call acts for: credentials, and what the operator said of them.

    `allow` and `deny` are rules in the form that `access.policy` reads; no `allow` is everything.
    """

    name: str
    credentials: Credentials
    section: str = ""
    note: str = ""
    read_only: bool = False
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class Customers:
    """Customers by name: the sections of `.edgerc`, those of the environment, and the definitions of a customers file.

    The default is named once and never guessed. `section` is where a definition with a switch key finds its credentials
    unless it says otherwise; the default customer if absent.
    """

    def __init__(
        self,
        source: CredentialsSource,
        default: str,
        *,
        file: Path | None = None,
        section: str | None = None,
        warn: Callable[[str], None] = log_warning,
    ) -> None:
        self.default = default
        self._source = source
        self._edgerc: WatchedFile[Sections] = WatchedFile(source.edgerc, read_edgerc, warn)
        load = partial(load_customers_file, default_section=section or default)
        self._file: WatchedFile[CustomersFile] | None = WatchedFile(file, load, warn) if file else None
        self._secrets = secret_files(source)
        self._stamps: tuple[Stamp | None, ...] = ()
        self._files: tuple[WatchedFile[Any], ...] = (self._file, self._edgerc) if self._file else (self._edgerc,)
        self._names: tuple[str, ...] | None = None
        self._read: dict[str, Customer] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every configured customer; none while the customers file cannot be used, for its rules are not known."""
        self._renew()
        return self._known()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files as a whole; a credentials file that nobody needs may be absent."""
        self._renew()
        needed = [file for file in self._files if not (file is self._edgerc and file.gone and self.names)]
        return tuple(problem for file in needed for problem in file.problems)

    def get(self, name: str | None) -> Customer:
        """A customer, or the default one. Raises CredentialsError listing the known ones."""
        self._renew()
        chosen = name or self.default
        if chosen not in self._read:
            self._read[chosen] = self._load(chosen, named=bool(name))
        return self._read[chosen]

    def usable(self, names: Iterable[str] | None = None) -> tuple[Customer, ...]:
        """Every customer, or of these names each one, whose credentials can be read."""
        found: list[Customer] = []
        for name in self.names if names is None else names:
            with suppress(CredentialsError):
                found.append(self.get(name))
        return tuple(found)

    def _known(self) -> tuple[str, ...]:
        # Looks at no file: all that is kept of one customer must come from the same versions.
        if self._names is None:
            self._names = self._list()
        return self._names

    def _load(self, chosen: str, *, named: bool) -> Customer:
        content = self._content()
        if chosen not in self._known():
            raise self._unknown(chosen, named=named)
        definition = content.definitions.get(chosen) or Definition(name=chosen, section=chosen)
        credentials = find_credentials(self._source, definition.section, self._edgerc.value)
        if content.sections and chosen in self._sections():
            self._refuse_two_meanings(definition, credentials)
        if definition.account_switch_key:
            credentials = replace(credentials, account_switch_key=definition.account_switch_key)
        return Customer(
            name=chosen,
            credentials=credentials,
            section=definition.section,
            note=definition.note,
            read_only=definition.read_only,
            allow=definition.allow,
            deny=definition.deny,
        )

    def _content(self) -> CustomersFile:
        return self._file.value() if self._file else CustomersFile()

    def _list(self) -> tuple[str, ...]:
        try:
            content = self._content()
        except CredentialsError:
            return ()
        return tuple(sorted({*content.definitions, *(self._sections() if content.sections else ())}))

    def _sections(self) -> tuple[str, ...]:
        try:
            return name_sections(self._source, self._edgerc.value())
        except CredentialsError:
            return name_sections(self._source, ())

    def _refuse_two_meanings(self, definition: Definition, credentials: Credentials) -> None:
        """A name that is a section and a definition must mean one account. Raises CredentialsError."""
        switched = definition.account_switch_key not in {"", credentials.account_switch_key}
        if definition.section == definition.name and not (switched and credentials.account_switch_key):
            return
        assert self._file is not None
        raise CredentialsError(
            f"{definition.name!r} means two customers: a section of {self._source.edgerc}, "
            f"and a table of {self._file.path} with another section or account switch key.",
            advice="Rename one of them, or put sections = false at the top of the customers file to hide the sections.",
        )

    def _unknown(self, chosen: str, *, named: bool) -> CredentialsError:
        """Why there is no such customer, with those that there are."""
        if not self._known():
            return self._none_at_all(chosen)
        names = self._known()
        known = ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")
        faults = "".join(f" {file.broken}" for file in self._files if file.broken and not file.gone)
        if named:
            return CredentialsError(f"There is no customer {chosen[:80]!r}.", advice=f"Configured customers: {known}.{faults}")
        hidden = self._file if self._file and not self._content().sections else None
        where = f"{hidden.path} has no table" if hidden else f"{self._source.edgerc} has no section"
        return CredentialsError(
            f"The default customer {chosen!r} is not configured: {where} [{chosen}].",
            advice=f"Name one with `customer`, or the default with AKAMAI_MCP_CUSTOMER. Configured customers: {known}.{faults}",
        )

    def _none_at_all(self, chosen: str) -> CredentialsError:
        try:
            find_credentials(self._source, chosen, self._edgerc.value)
        except CredentialsError as error:
            return error
        return CredentialsError("No customer is configured.", advice="Give AKAMAI_MCP_EDGERC or AKAMAI_MCP_CUSTOMERS_FILE.")

    def _renew(self) -> None:
        """Forget what was read of a file that is no longer the same: parsing costs 0.18 ms, asking for a stamp 0.002."""
        changed = [file.renew() for file in self._files]
        stamps = tuple(map(file_stamp, self._secrets))
        if any(changed) or stamps != self._stamps:
            self._stamps = stamps
            self._names, self._read = None, {}
