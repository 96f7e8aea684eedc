"""Words: what an operation is indexed under, and what a question in a person's words is looked up as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.naming import words

STOP_WORDS: Final = frozenset(
    """a about all am an and any are as at be been but by can could did do does for from give had has have how i if in
    into is it its let like me my need of on one only or our out please same should so some that the their them then
    there these they this those to up us use using want was way we were what when where which who why will with would you
    your s t re ve akamai api""".split()
)

# Words of the task and the words of the documents that mean the same. Each group is one idea.
SYNONYMS: Final[tuple[tuple[str, ...], ...]] = (
    ("purge", "flush", "invalidate", "evict", "bust", "clear"),
    ("activate", "deploy", "publish", "release", "launch", "golive", "push", "rollout", "promote"),
    ("deactivate", "undeploy", "offline", "unpublish"),
    ("rollback", "revert", "undo", "restore"),
    ("certificate", "cert", "certs", "ssl", "tls", "enrollment"),
    ("logs", "log", "logging", "stream", "datastream"),
    ("traceroute", "mtr", "tracert", "trace"),
    ("dig", "nslookup", "resolve", "lookup"),
    ("ticket", "case", "support"),
    ("waf", "firewall", "appsec", "security"),
    ("domain", "zone"),
    ("record", "records", "recordset", "rrset"),
    ("user", "users", "people", "person", "identity"),
    ("permission", "permissions", "role", "grant", "access"),
    ("invoice", "invoices", "bill", "billing", "bills"),
    ("usage", "consumption", "traffic"),
    ("delete", "remove", "drop", "destroy"),
    ("property", "properties", "site", "website"),
    ("hostname", "hostnames", "host", "hosts", "fqdn"),
    ("account", "accounts", "tenant", "customer"),
    ("block", "deny", "blacklist", "blocklist", "ban"),
    ("allow", "permit", "whitelist", "allowlist"),
    ("image", "images", "picture", "pictures", "photo"),
    ("s3", "bucket"),
    ("load", "balancer", "balancing", "lb"),
    ("geo", "country", "countries", "geographic"),
    ("error", "errors", "reference"),
    ("token", "tokens", "jwt"),
    ("key", "keys", "secret"),
    ("cpcode", "cpcodes"),
    ("edgeworker", "edgeworkers", "ew"),
    ("edgekv", "kv"),
    ("gtm", "dns"),
    ("vpn", "eaa"),
    ("clone", "copy", "duplicate"),
    ("rename", "retitle"),
    ("schedule", "timetable"),
    ("draft", "changelist"),
    ("compare", "diff", "difference"),
    ("alert", "alerts", "alarm", "notification"),
    ("quota", "limit", "limits"),
    ("rate", "throttle", "ratelimit"),
    ("bot", "bots", "crawler"),
    ("ip", "ips", "cidr", "address", "addresses"),
)
_SYNONYM_OF: Final[Mapping[str, frozenset[str]]] = {
    word: frozenset().union(*(group for group in SYNONYMS if word in group)) - {word}
    for word in {word for group in SYNONYMS for word in group}
}

# Pairs of words that people write apart and documents write together, or the other way round.
JOINED: Final[Mapping[tuple[str, str], str]] = {
    ("cp", "code"): "cpcode",
    ("cp", "codes"): "cpcodes",
    ("edge", "worker"): "edgeworker",
    ("edge", "workers"): "edgeworkers",
    ("edge", "kv"): "edgekv",
    ("go", "live"): "golive",
    ("roll", "out"): "rollout",
    ("roll", "back"): "rollback",
    ("trace", "route"): "traceroute",
    ("data", "stream"): "datastream",
    ("net", "storage"): "netstorage",
    ("host", "name"): "hostname",
    ("host", "names"): "hostnames",
    ("rate", "limit"): "ratelimit",
    ("site", "shield"): "siteshield",
    ("allow", "list"): "allowlist",
    ("block", "list"): "blocklist",
    ("change", "list"): "changelist",
    ("record", "set"): "recordset",
    ("cloud", "wrapper"): "cloudwrapper",
    ("turn", "off"): "disable",
    ("turn", "on"): "enable",
    ("switch", "off"): "disable",
    ("switch", "on"): "enable",
    ("shut", "down"): "disable",
    ("get", "rid"): "delete",
    ("set", "up"): "create",
    ("log", "in"): "login",
}


def index_terms(entry: Entry, *, title: str, aliases: Iterable[str]) -> tuple[str, str, str, str, str, str]:
    """The texts of an entry by column: summary, ask, identifier, path, product, fields."""
    return (
        _text([entry.summary]),
        _text(entry.ask),
        _text([entry.operation_id]),
        _text([entry.path]),
        _text([title, entry.product, *aliases, *entry.tags]),
        _text(entry.parameters),
    )


def _text(parts: Iterable[str]) -> str:
    return " ".join(" ".join(join_words(words(part))) for part in parts)


def join_words(tokens: list[str]) -> list[str]:
    """The words with each known pair followed by its joined form: `cp code` is also `cpcode`."""
    joined: list[str] = []
    for index, token in enumerate(tokens):
        joined.append(token)
        if index and (pair := JOINED.get((tokens[index - 1], token))):
            joined.append(pair)
    return joined


def question_words(question: str) -> list[str]:
    """The words of a question that carry meaning, in order and once each."""
    tokens = join_words(words(re.sub(r"'s\b", "", question)))
    kept = [token for token in tokens if token not in STOP_WORDS]
    return list(dict.fromkeys(kept or tokens))


def expand(word: str) -> frozenset[str]:
    """The other words that mean the same."""
    return _SYNONYM_OF.get(word, frozenset())
