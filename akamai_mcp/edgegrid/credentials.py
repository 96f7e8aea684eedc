"""Credentials of a customer, from a section of `.edgerc` or from Akamai's environment variables.

Errors name the file, section and key, never a value. Variables follow Akamai's convention: `AKAMAI_HOST` ... for the default
section, `AKAMAI_<SECTION>_HOST` ... for the others; a section whose host is set there is not read from the file. Each value may
also be in a file that `AKAMAI_HOST_FILE` ... names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.edgerc import ACCOUNT_KEY, Section, Sections, known_key
from akamai_mcp.edgegrid.secret_files import ADVICE, SUFFIX, SecretFileError, read_variable
from akamai_mcp.errors import CredentialsError

Describe = Callable[[str], str]

DEFAULT_SECTION: Final = "default"
REQUIRED: Final = ("host", "client_token", "client_secret", "access_token")
ACCOUNTS: Final = ("ACCOUNT_KEY", "ACCOUNT_SWITCH_KEY")
KEYS: Final = (*REQUIRED, "account_key", "account_switch_key", "max_body", "headers_to_sign")
DEFAULT_MAX_BODY: Final = 131_072
_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+\Z")
_SIZE: Final = re.compile(r"[1-9][0-9]{0,11}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The credentials of an API client; only the host is ever shown, and the names of keys that were `ignored`."""

    host: str
    client_token: str = field(repr=False)
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    account_switch_key: str = field(default="", repr=False)
    max_body: int = DEFAULT_MAX_BODY
    headers_to_sign: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsSource:
    """Where credentials are read from: a file and an environment."""

    edgerc: Path
    environment: Mapping[str, str] = field(repr=False)


def find_credentials(source: CredentialsSource, section: str, read: Callable[[], Sections]) -> Credentials:
    """Find the credentials of a section; `read` reads the file, unless the environment has them. Raises CredentialsError."""
    variables, prefix = _variables(source.environment, section), variable_prefix(section)
    if f"{prefix}HOST" in variables:
        return _credentials(_from_variables(variables, prefix), lambda key: f"the environment variable {prefix}{key.upper()}")
    sections = read()
    if section not in sections:
        known = ", ".join(sorted(sections)) or "none"
        raise CredentialsError(
            f"{source.edgerc} has no section [{section}].",
            advice=f"Its sections: {known}. Select one with AKAMAI_MCP_SECTION or `customer`.",
        )
    where = f"section [{section}] of {source.edgerc}"
    return _credentials(_beside(sections[section], variables, where), lambda key: f"{key} in {where}")


def name_sections(source: CredentialsSource, known: Iterable[str]) -> tuple[str, ...]:
    """The sections of the file and those that only the environment has; variables of a known section add no second one."""
    names = set(known)
    prefixes = {variable_prefix(name) for name in names}
    for variable in source.environment:
        match = re.fullmatch(r"(AKAMAI_(?:([A-Z0-9_]+)_)?)HOST(?:_FILE)?", variable)
        if match and match[1] not in prefixes and not _is_setting(variable):
            names.add(match[2].lower() if match[2] else DEFAULT_SECTION)
    return tuple(sorted(names))


def variable_prefix(section: str) -> str:
    """Return the prefix of a section's environment variables."""
    return "AKAMAI_" if section == DEFAULT_SECTION else f"AKAMAI_{re.sub(r'[^A-Z0-9]', '_', section.upper())}_"


def secret_files(source: CredentialsSource) -> tuple[Path, ...]:
    """The files that environment variables name; when one changes, so do the credentials."""
    names = re.compile(rf"AKAMAI_(?:[A-Z0-9_]+_)?(?:{'|'.join(KEYS).upper()}){SUFFIX}")
    own = (path for name, path in source.environment.items() if path and names.fullmatch(name) and not _is_setting(name))
    return tuple(sorted(Path(path) for path in own))


def _is_setting(variable: str) -> bool:
    return variable.startswith("AKAMAI_MCP_")


def _variables(environment: Mapping[str, str], section: str) -> dict[str, str]:
    """What the environment has for a section, by the name of the variable. Raises CredentialsError."""
    prefix = variable_prefix(section)
    try:
        return {name: value for key in KEYS if (value := read_variable(environment, name := prefix + key.upper()))}
    except SecretFileError as error:
        raise CredentialsError(str(error), advice=ADVICE) from None


def _from_variables(variables: Mapping[str, str], prefix: str) -> Section:
    """The variables of a section as a section."""
    values: dict[str, str] = {}
    for name, value in variables.items():
        key = known_key(name.removeprefix(prefix)) or name
        bare = value.strip().strip("\"'")
        if bare and values.setdefault(key, bare) != bare:
            return Section(fault=f"{name} has another value than {prefix}{key.upper()}.", advice="Unset one of them.")
    return Section(values=values)


def _beside(section: Section, variables: Mapping[str, str], where: str) -> Section:
    """A section of the file beside variables that do not make credentials of their own: an account is never passed over."""
    for name, value in variables.items():
        if name.endswith(ACCOUNTS) and value.strip().strip("\"'") != section.values.get(ACCOUNT_KEY):
            return replace(
                section,
                fault=f"{name} is set, and the credentials are those of {where}, which has another account switch key or none.",
                advice=f"Write {ACCOUNT_KEY} into the section, or unset the variable.",
            )
    others = tuple(name for name in variables if not name.endswith(ACCOUNTS))
    return replace(section, ignored=(*section.ignored, *others))


def _credentials(section: Section, describe: Describe) -> Credentials:
    if section.fault:
        raise CredentialsError(section.fault, advice=section.advice)
    values = section.values
    for key in REQUIRED:
        if not values.get(key):
            unknown = f" {', '.join(section.ignored)} is no key of credentials." if section.ignored else ""
            raise CredentialsError(
                f"{describe(key)} is missing.",
                advice=f"Set host, client_token, client_secret and access_token of the API client.{unknown}",
            )
    for key in (*REQUIRED[1:], ACCOUNT_KEY):
        if values.get(key) and not _TOKEN.match(values[key]):
            raise CredentialsError(
                f"{describe(key)} has characters that no token has.", advice="Copy it again from Akamai Control Center."
            )
    signed = values.get("headers_to_sign", "")
    return Credentials(
        host=_host(values["host"], describe),
        client_token=values["client_token"],
        client_secret=values["client_secret"],
        access_token=values["access_token"],
        account_switch_key=values.get(ACCOUNT_KEY, ""),
        max_body=_max_body(values.get("max_body"), describe),
        headers_to_sign=tuple(h.strip() for h in signed.split(",") if h.strip() and h.strip() != "None"),
        ignored=section.ignored,
    )


def _host(text: str, describe: Describe) -> str:
    host = re.sub(r"\Ahttps?://", "", text, flags=re.IGNORECASE).rstrip("/")
    if not _HOST.match(host):
        raise CredentialsError(f"{describe('host')} is not a host name.", advice="Use one like akab-....luna.akamaiapis.net.")
    return host


def _max_body(text: str | None, describe: Describe) -> int:
    if text is None:
        return DEFAULT_MAX_BODY
    if not _SIZE.match(text):
        raise CredentialsError(
            f"{describe('max_body')} is not a number of bytes.", advice=f"Remove it, or set it to {DEFAULT_MAX_BODY}."
        )
    return int(text)
