"""The entry of this server in a client's configuration, and how it joins the one that is there."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from akamai_mcp.cli.install.clients import Client
from akamai_mcp.errors import SettingsError

EXTRA: Final = "programs"
BRIDGE: Final = "mcp-remote"
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# What belongs to a local server alone, and to one over HTTP alone: a server that changes from one to the other loses them.
OF_COMMAND: Final = frozenset({"command", "args", "env", "cwd", "envFile"})
OF_URL: Final = frozenset(
    {"url", "serverUrl", "httpUrl", "headers", "http_headers", "env_http_headers", "bearer_token_env_var", "type"}
)
# Folders of uv's cache, which uv may delete at any time.
TEMPORARY: Final = frozenset({"archive-v0", "environments-v2", "builds-v0"})
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """An entry, and of the one before it what stays though nobody asked for it now, and what is lost."""

    entry: dict[str, Any]
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def local_entry(client: Client, command: str, arguments: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Create the entry of a server that the client starts."""
    entry: dict[str, Any] = {**client.members, "command": command, "args": arguments}
    return entry | ({"env": dict(environment)} if environment else {})


def remote_entry(client: Client, url: str, variable: str | None) -> dict[str, Any]:
    """Create the entry of a server over HTTP; its token is in an environment variable of the client. Raises SettingsError."""
    check_url(url)
    if variable and not _VARIABLE.match(variable):
        raise SettingsError("--token-env is not the name of a variable.", advice="Put the token into one, and pass its name.")
    remote = client.remote
    if remote is None or (variable and not remote.takes_variable):
        return local_entry(client, *bridge(url, variable), {})
    entry: dict[str, Any] = {**remote.members, remote.url_key: url}
    if variable and remote.token_key:
        return entry | {remote.token_key: variable}
    return entry | ({"headers": {"Authorization": f"Bearer {remote.variable.format(name=variable)}"}} if variable else {})


def bridge(url: str, variable: str | None) -> tuple[str, list[str]]:
    """The command and arguments of a bridge from standard streams to HTTP. Raises SettingsError where npx is missing."""
    words = ["-y", BRIDGE, url]
    if url.startswith("http://") and urlsplit(url).hostname not in LOCAL:
        words.append("--allow-http")
    return whole_path("npx", "Install Node.js, which brings it."), words + (
        ["--header", f"Authorization:Bearer ${{{variable}}}"] if variable else []
    )


def check_url(url: str) -> None:
    """Check the URL of a server over HTTP. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("--url is not an http or https URL.", advice="Write it whole, such as https://mcp.example.com/mcp.")
    if parts.username or parts.password:
        raise SettingsError("--url contains a password.", advice="Use --token-env with the name of a variable.")


def whole_path(command: str, advice: str) -> str:
    """The whole path of a command: a client that was started from a desktop has another PATH. Raises SettingsError."""
    found = shutil.which(command)
    if found is None:
        raise SettingsError(f"{command} is not on the PATH.", advice=advice)
    return str(Path(found).absolute())


def start_command(source: str | None) -> tuple[str, list[str]]:
    """The command and arguments that start this server: uvx with a source, else this Python. Raises SettingsError."""
    if source:
        return whole_path("uvx", "Install uv, which brings it, or leave out --from."), [
            "--from",
            with_programs(source),
            "akamai-mcp",
        ]
    if TEMPORARY & set(Path(sys.prefix).parts):
        raise SettingsError(
            "This akamai-mcp runs in a folder of uv's cache, which may be emptied at any time.",
            advice="Pass --from with a checkout, so that the client starts it with uvx, or run `uv tool install` first.",
        )
    return sys.executable, ["-m", "akamai_mcp"]


def with_programs(source: str) -> str:
    """What uvx installs from, a checkout, a package or a URL, with the extra of programs unless it names its own extras."""
    local = Path(source).expanduser()
    if local.exists():
        return f"{local.absolute()}[{EXTRA}]"
    if "[" in source:
        return source
    if "://" in source and " @ " not in source:
        return f"akamai-mcp[{EXTRA}] @ {source}"
    name = re.match(r"[\w.-]*", source)
    end = name.end() if name else 0
    return f"{source[:end]}[{EXTRA}]{source[end:]}"


def join(old: Any, new: dict[str, Any]) -> Joined:
    """Put a new entry in the place of an old one and keep what the new one says nothing of."""
    if not isinstance(old, dict):
        return Joined(entry=new, dropped=() if old is None else ("the whole entry, which is no table",))
    lost = _lost(old, new)
    kept = {name: value for name, value in old.items() if name not in new and name not in lost}
    dropped = [name for name in old if name not in new and name in lost]
    entry = {**new, **kept}
    names = list(kept)
    if isinstance(old.get("env"), dict) and "command" in new:
        entry["env"] = {**old["env"], **new.get("env", {})}
        names = [name for name in names if name != "env"] + [
            f"env.{name}" for name in old["env"] if name not in new.get("env", {})
        ]
    if "args" in new and any(word not in new["args"] for word in old.get("args", ())):
        dropped.append("other args")  # not named: one of them may be a token
    return Joined(entry=entry, kept=tuple(names), dropped=tuple(dropped))


def _lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """The keys that mean nothing in the new entry; headers for one URL may be secret, and are not sent to another."""
    if "command" in new:
        return OF_URL
    return OF_COMMAND if _url_of(old) == _url_of(new) else OF_COMMAND | OF_URL


def _url_of(entry: Mapping[str, Any]) -> Any:
    return next((entry[name] for name in ("url", "serverUrl", "httpUrl") if name in entry), None)
