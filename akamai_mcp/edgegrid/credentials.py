"""Credentials of a customer, from a section of `.edgerc` or from Akamai's environment variables.

Errors name the file, section and key, never a value. Variables follow Akamai's convention: `AKAMAI_HOST` ... for the default
section, `AKAMAI_<SECTION>_HOST` ... for the others; a section whose host is set there is not read from the file. Each value may
also be in a file that `AKAMAI_HOST_FILE` ... names.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.operator_files import read_operator_file
from akamai_mcp.edgegrid.secret_files import ADVICE, SUFFIX, SecretFileError, read_variable
from akamai_mcp.errors import CredentialsError

Describe = Callable[[str], str]
Sections = dict[str, dict[str, str]]

DEFAULT_SECTION: Final = "default"
REQUIRED: Final = ("host", "client_token", "client_secret", "access_token")
ACCOUNT_KEYS: Final = ("account_key", "account-switch-key", "account_switch_key")
KEYS: Final = (*REQUIRED, "account_key", "account_switch_key", "max_body", "headers_to_sign")
DEFAULT_MAX_BODY: Final = 131_072
_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The credentials of an API client; only the host is ever shown."""

    host: str
    client_token: str = field(repr=False)
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    account_switch_key: str = field(default="", repr=False)
    max_body: int = DEFAULT_MAX_BODY
    headers_to_sign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsSource:
    """Where credentials are read from: a file and an environment."""

    edgerc: Path
    environment: Mapping[str, str] = field(repr=False)


def find_credentials(source: CredentialsSource, section: str, read: Callable[[], Sections]) -> Credentials:
    """Find the credentials of a section; `read` reads the file, unless the environment has them. Raises CredentialsError."""
    variables = _variables(source.environment, section)
    if "host" in variables:
        prefix = variable_prefix(section)
        return _credentials(variables, lambda key: f"the environment variable {prefix}{key.upper()}")
    sections = read()
    if section not in sections:
        known = ", ".join(sorted(sections)) or "none"
        raise CredentialsError(
            f"{source.edgerc} has no section [{section}].",
            advice=f"Its sections: {known}. Select one with AKAMAI_MCP_SECTION or `customer`.",
        )
    return _credentials(sections[section], lambda key: f"{key} in section [{section}] of {source.edgerc}")


def name_sections(source: CredentialsSource, known: Iterable[str]) -> tuple[str, ...]:
    """The sections of the file and those that only the environment has; variables of a known section add no second one."""
    names = set(known)
    prefixes = {variable_prefix(name) for name in names}
    for variable in source.environment:
        match = re.fullmatch(r"(AKAMAI_(?:([A-Z0-9_]+)_)?)HOST(?:_FILE)?", variable)
        if match and match[1] not in prefixes and not _is_setting(variable):
            names.add(match[2].lower() if match[2] else DEFAULT_SECTION)
    return tuple(sorted(names))


def read_edgerc(path: Path) -> Sections:
    """Read the sections of an `.edgerc` file. Raises CredentialsError, which quotes nothing of the file."""
    missing = CredentialsError(
        f"There is no credentials file {path}.",
        advice="Create it (Akamai Control Center > Identity & access > API client), set AKAMAI_MCP_EDGERC to "
        "where it is, or set AKAMAI_HOST, AKAMAI_CLIENT_TOKEN, AKAMAI_CLIENT_SECRET and AKAMAI_ACCESS_TOKEN.",
    )
    text = read_operator_file(path, missing=missing)
    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="\0none")
    try:
        parser.read_string(text)
    except configparser.Error as error:
        # The parser's own message quotes the line, and with it a secret.
        line = getattr(error, "lineno", None) or next((n for n, _ in getattr(error, "errors", ())), "?")
        raise CredentialsError(
            f"{path} is malformed at line {line} ({type(error).__name__}).",
            advice="Write each section as [name] followed by lines of key = value.",
        ) from None
    return {name: dict(parser[name]) for name in parser.sections()}


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
    prefix = variable_prefix(section)
    try:
        return {key: value for key in KEYS if (value := read_variable(environment, prefix + key.upper()))}
    except SecretFileError as error:
        raise CredentialsError(str(error), advice=ADVICE) from None


def _credentials(raw: Mapping[str, str], describe: Describe) -> Credentials:
    values = {key.replace("-", "_"): value.strip().strip('"').strip("'") for key, value in raw.items() if value}
    for key in REQUIRED:
        if not values.get(key):
            raise CredentialsError(
                f"{describe(key)} is missing.", advice="Set host, client_token, client_secret and access_token of the API client."
            )
        if key != "host" and not _TOKEN.match(values[key]):
            raise CredentialsError(
                f"{describe(key)} has characters that no token has.", advice="Copy it again from Akamai Control Center."
            )
    account = next((values[k.replace("-", "_")] for k in ACCOUNT_KEYS if values.get(k.replace("-", "_"))), "")
    signed = values.get("headers_to_sign", "")
    return Credentials(
        host=_host(values["host"], describe),
        client_token=values["client_token"],
        client_secret=values["client_secret"],
        access_token=values["access_token"],
        account_switch_key=account,
        max_body=_max_body(values.get("max_body"), describe),
        headers_to_sign=tuple(h.strip() for h in signed.split(",") if h.strip() and h.strip() != "None"),
    )


def _host(text: str, describe: Describe) -> str:
    host = re.sub(r"\Ahttps?://", "", text).rstrip("/")
    if not _HOST.match(host):
        raise CredentialsError(f"{describe('host')} is not a host name.", advice="Use one like akab-....luna.akamaiapis.net.")
    return host


def _max_body(text: str | None, describe: Describe) -> int:
    if text is None:
        return DEFAULT_MAX_BODY
    if not text.isdigit():
        raise CredentialsError(
            f"{describe('max_body')} is not a number of bytes.", advice=f"Remove it, or set it to {DEFAULT_MAX_BODY}."
        )
    return int(text)
