"""Read an `.edgerc` file as people have it: keys in any spelling, and for each section what is wrong with it.

A fault of one section leaves the others usable. Messages name lines and keys, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.operator_files import UNREADABLE, forgiving, read_operator_file
from akamai_mcp.errors import CredentialsError

ACCOUNT_KEY: Final = "account_key"
SPELLINGS: Final = {
    "host": "host",
    "clienttoken": "client_token",
    "clientsecret": "client_secret",
    "accesstoken": "access_token",
    "accountkey": ACCOUNT_KEY,
    "accountswitchkey": ACCOUNT_KEY,
    "maxbody": "max_body",
    "headerstosign": "headers_to_sign",
}
SAVE_AS: Final = "Save the file as text in UTF-8."
FORM: Final = "Write each section as [name] followed by lines of key = value."
_HEADER: Final = re.compile(r"\[\s*([^\[\]]*[^\[\]\s])\s*\]\s*(?:[#;].*)?\Z")
_ENTRY: Final = re.compile(r"([^=:\[]*[^=:\[\s])\s*[=:]\s*(.*)\Z", re.DOTALL)
_COMMENT: Final = ("#", ";")
_QUOTES: Final = "\"'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: values by key, the keys that mean nothing here, and a fault for which it must not be used."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    ignored: tuple[str, ...] = ()
    fault: str = ""
    advice: str = ""


Sections = Mapping[str, Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A header, whose key is empty, or a key with its value."""

    number: int
    key: str
    value: str = field(repr=False)


def known_key(written: str) -> str | None:
    """The key that a spelling means, or None."""
    return SPELLINGS.get(re.sub(r"[-_\s]", "", written).lower())


def read_edgerc(path: Path) -> Sections:
    """Read the sections of an `.edgerc` file. Raises CredentialsError, which quotes nothing of the file."""
    missing = CredentialsError(
        f"There is no credentials file {path}.",
        advice="Create it (Akamai Control Center > Identity & access > API client), set AKAMAI_MCP_EDGERC to "
        "where it is, or set AKAMAI_HOST, AKAMAI_CLIENT_TOKEN, AKAMAI_CLIENT_SECRET and AKAMAI_ACCESS_TOKEN.",
    )
    text = read_operator_file(path, missing=missing, advice=SAVE_AS, decode=forgiving)
    grouped: dict[str, list[_Line]] = {}
    name = ""
    for line in _lines(text, path):
        name = name if line.key else line.value
        if not name:
            raise CredentialsError(
                f"Line {line.number} of {path} stands above the first section.",
                advice="Write [default] in a line of its own above host, client_token, client_secret and access_token.",
            )
        grouped.setdefault(name, []).append(line)
    return {name: _section(name, lines, path) for name, lines in grouped.items()}


def _lines(text: str, path: Path) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), 1):
        written = line.strip()
        if not written or written.startswith(_COMMENT):
            continue
        if UNREADABLE in written or "\0" in written:
            raise CredentialsError(f"Line {number} of {path} has characters that no credentials have.", advice=SAVE_AS)
        if header := _HEADER.match(written):
            yield _Line(number=number, key="", value=header[1])
        elif entry := _ENTRY.match(written):
            yield _Line(number=number, key=entry[1], value=entry[2].strip().strip(_QUOTES))
        else:
            raise CredentialsError(f"{path} is malformed at line {number}.", advice=FORM)


def _section(name: str, lines: list[_Line], path: Path) -> Section:
    where = f"section [{name}] of {path}"
    headers = [line.number for line in lines if not line.key]
    if len(headers) > 1:
        return Section(
            fault=f"Section [{name}] is in {path} more than once, at lines {_join(headers)}.",
            advice="Keep one of them: values of both would be mixed.",
        )
    values: dict[str, _Line] = {}
    ignored: list[str] = []
    for line in lines:
        key = known_key(line.key)
        if key is None:
            if line.key and _may_mean_an_account(line.key):
                return _unclear(line, where)
            ignored += [line.key] if line.key else []
        elif line.value and key in values and values[key].value != line.value:
            numbers = _join([values[key].number, line.number])
            return Section(fault=f"{key} has two values in {where}, at lines {numbers}.", advice="Keep one of them.")
        elif line.value:
            values[key] = line
    return Section(values={key: line.value for key, line in values.items()}, ignored=tuple(ignored))


def _may_mean_an_account(written: str) -> bool:
    """True for a key that is passed over only at the risk of acting for another account."""
    plain = re.sub(r"[-_\s]", "", written).lower()
    return (
        "account" in plain or "switch" in plain or bool(get_close_matches(plain, ("accountkey", "accountswitchkey"), cutoff=0.75))
    )


def _unclear(line: _Line, where: str) -> Section:
    return Section(
        fault=f"{line.key[:40]} in {where}, line {line.number}, is no key of credentials.",
        advice=f"If it is the account switch key, write {ACCOUNT_KEY}; else remove the line.",
    )


def _join(numbers: list[int]) -> str:
    return " and ".join(map(str, numbers))
