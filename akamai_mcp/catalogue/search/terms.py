"""Split text into words, in the same way for the index and for questions, and list which words mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from akamai_mcp.catalogue.naming import words


def word_set(text: str) -> frozenset[str]:
    """The set of the words in a text."""
    return frozenset(text.split())


STOP_WORDS: Final = word_set(
    """a about across again ain akamai all already also always am an and another any anymore anyone anything anyway are aren as
    at be because been before being both but by can cannot cant certain could couldn currently d did didn do does doesn
    doesnt doing don done dont each either else etc even ever every everything existing few for from further get gets
    getting given gives go goes going gonna got had hadn has hasn have haven having he help her here hers hey hi him his
    how however i if in into is isn isnt it its itself just kind know let like ll longer lot m made make makes many may
    maybe me might mine more most much must my myself need needed needs neither never no nor not nothing now of off ok
    on once one ones only operation operations or other our ours out over own particular per please pls plz provided
    provides quite rather re really related respective retrieve retrieved retrieves retrieving return returned returning
    returns s same see seem seems shall she should shouldn since so some somebody someone something sort specific
    specified still such sure t tell than thank thanks that the their theirs them themselves then there these they thing
    things this those though through thru to told too try trying until up upon us use used uses using ve very via w want
    wanted wants was wasn way we well were weren what when where whether which while who whom whose why will with within
    without won would wouldn yes yet you your yours"""
)

# Each line is one concept: its words count as synonyms, at a discount.
SYNONYMS: Final = tuple(
    tuple(line.split())
    for line in """
    purge flush invalidate evict bust clear refresh
    activate deploy publish release launch golive push rollout promote live
    deactivate undeploy offline unpublish disable
    rollback revert undo restore fallback
    certificate ssl tls enrollment
    log logging stream datastream
    traceroute mtr tracert trace ping
    dig nslookup resolve lookup
    ticket case support
    waf firewall appsec kona ksd security
    domain zone
    record recordset rrset
    user people person identity employee staff colleague account
    permission role grant access right privilege entitlement
    invoice bill billing
    usage consumption traffic
    delete remove drop destroy erase kill trash scrap wipe nuke decommission discard
    cancel abort stop withdraw
    revoke invalidate
    property site website
    hostname host fqdn
    account tenant customer
    block deny blocklist ban
    allow permit allowlist
    image picture photo
    s3 bucket
    balancer balancing lb alb
    geo country geographic location
    error failure failing broken
    token jwt
    key secret
    kv edgekv
    vpn eaa
    clone copy duplicate
    rename name title
    schedule timetable
    draft changelist
    compare diff difference differ
    alert alarm notification
    notify notification subscription subscribe
    quota limit cap watermark
    rate throttle ratelimit
    bot crawler
    ip cidr address
    configuration setup
    setting option
    authentication login signin
    2fa twofactor multifactor
    directory folder
    metric statistic
    history historical audit trail past previous
    background asynchronous asynchronously async
    bulk batch mass multiple
    total count sum
    digest etag checksum hash
    master primary
    resend reinvite
    status state progress
    bandwidth throughput
    download export
    upload import
    verify validate check test
    approve accept confirm
    reject decline
    expire expiry expiration
    rotate renew regenerate
    password passphrase
    comment note reply remark message
    attach link associate assign bind
    detach unlink disassociate unassign
    origin backend
    live current firing
    vulnerability cve
    javascript script
    workaround exception exclusion exclude exempt
    pause suspend
    lock freeze
    diagnose troubleshoot debug diagnostic
    ddos attack
    newest latest recent
    geo map
    sign enroll
    move transfer relocate migrate
""".strip().splitlines()
)


def is_plural(word: str) -> bool:
    """True if a lower-case noun looks like a plural."""
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "dns", "ics"))


# Abbreviations and their full forms.
SHORT_FORMS: Final[Mapping[str, str]] = dict(
    pair.split("=")
    for pair in word_set(
        """
        config=configuration configs=configurations cert=certificate certs=certificates app=application apps=applications
        eval=evaluation auth=authentication info=information param=parameter params=parameters dir=directory dirs=directories
        prod=production cred=credential creds=credentials dc=datacenter dcs=datacenters stats=statistics stat=statistic
        admin=administrator admins=administrators ack=acknowledge perms=permissions perm=permission repo=repository
        msg=message mail=email mails=emails tfa=2fa mfa=2fa tz=timezone xfer=transfer acct=account accts=accounts
        pwd=password prop=property props=properties js=javascript db=database env=environment centre=center centres=centers
        behaviour=behavior behaviours=behaviors whitelist=allowlist whitelists=allowlists blacklist=blocklist
        blacklists=blocklists deallocate=release synch=sync prev=previous recs=recommendations desc=description num=number
        ew=edgeworker ews=edgeworkers active=live
        """
    )
)

# Compounds that people and documents write as one word or as two; plurals are derived.
COMPOUNDS: Final = frozenset(
    (left, right)
    for left, _, right in (
        pair.partition("+")
        for pair in word_set(
            """
            cp+code edge+worker edge+kv edge+hostname edge+key edge+grid go+live roll+out roll+back trace+route
            data+stream data+store data+center data+set net+storage host+name rate+limit site+shield allow+list
            block+list deny+list change+list record+set cloud+wrapper time+zone time+out policy+set rule+set end+point
            base+path api+key sub+location fail+over fall+back name+space name+server user+name file+name
            group+membership real+time meta+data feed+back sign+in sign+up log+in black+out crowd+strike url+location
            app+bundle admin+event alert+count image+collection current+activation back+end front+end pen+test
            as+map geo+map cidr+map two+factor multi+factor cut+off book+mark white+label web+hook web+site sub+domain
            sub+group sub+net
            """
        )
    )
)
# Two-word phrases and the single word that they mean.
PHRASES: Final[Mapping[tuple[str, str], str]] = {
    ("turn", "off"): "disable",
    ("turned", "off"): "disable",
    ("switch", "off"): "disable",
    ("switched", "off"): "disable",
    ("shut", "down"): "disable",
    ("turn", "on"): "enable",
    ("turned", "on"): "enable",
    ("switch", "on"): "enable",
    ("white", "list"): "allowlist",
    ("black", "list"): "blocklist",
    ("get", "rid"): "delete",
    ("throw", "away"): "delete",
    ("set", "up"): "create",
    ("take", "offline"): "deactivate",
    ("look", "up"): "get",
}
KEPT: Final = r"\1"  # the part of a value that stays
# Values that a question may contain, and the words for their kind; no words for a kind that says nothing.
VALUES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), f" {word} ")
    for pattern, word in (
        (r"\"[^\"]*\"", ""),
        (r"https?://\S+", "url"),
        (r"\b[\w.+-]+@[\w-]+\.[\w.-]+", "email"),
        (r"\b\d{1,3}(\.\d{1,3}){3}\b(/\d+)?", "ip"),
        (r"\b(?:[\w-]+\.)*(edgekey|edgesuite|akamaized)\.net\b", f"{KEPT} edge hostname"),  # the domain tells which kind
        (r"\b(?:[\w-]+\.)+(?:com|net|org|io|dev|co|info|test)\b(?:/\S*)?", "hostname"),
        (r"\bprp_\d+\b", "property"),
        (r"\bctr_[\w-]+\b|\b[CGMK]-[0-9A-Z]{6,}\b", "contract"),
        (r"\bgrp_\d+\b", "group"),
        (r"\bcpc_\d+\b", "cp code"),
        (r"\behn_\d+\b", "edge hostname"),
        (r"\bF-CS-\d+\b", "case"),
        (r"\bv\d+\b", "version"),
        (r"\b\d[\d,.:%-]*\b", ""),
    )
)
_MAY_HOLD_VALUES: Final = re.compile(r"[0-9@_\"]|://|\w\.\w")
_ACRONYM: Final = re.compile(r"\b[A-Z0-9]{2,}s?\b")
_CONTRACTION: Final = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_LOWER: Final = re.compile(r"[a-z0-9]+")
_KEPT_NAMES: Final = 8_192

_JOINED: Final[Mapping[tuple[str, str], str]] = {
    **{(left, right): left + right for left, right in COMPOUNDS},
    **{(left, f"{right}s"): f"{left}{right}s" for left, right in COMPOUNDS},
    **PHRASES,
}
COMPOUND_PARTS: Final[Mapping[str, tuple[str, str]]] = {joined: pair for pair, joined in _JOINED.items() if pair not in PHRASES}


def text_words(text: str) -> tuple[str, ...]:
    """The lower-case words of a text; a recognized value is replaced by the words for its kind."""
    plain = text
    if _MAY_HOLD_VALUES.search(text):
        for pattern, word in VALUES:
            text = pattern.sub(word, text)
    if "'" in text:
        text = _CONTRACTION.sub("", text)
    if not text.islower():
        text = _ACRONYM.sub(lambda match: match[0].lower(), text)
    return _read(text) or _read(plain)


def value_words(text: str) -> set[str]:
    """The words that a text contains only in place of values."""
    if not _MAY_HOLD_VALUES.search(text):
        return set()
    found: set[str] = set()
    for pattern, word in VALUES:
        if pattern.search(text):
            found.update(word.replace(KEPT, "").split())
            text = pattern.sub(" ", text)
    return found.difference(_read(text))


@lru_cache(maxsize=_KEPT_NAMES)
def identifier_words(text: str) -> tuple[str, ...]:
    """The lower-case words of an identifier or path, with short forms expanded and compounds both joined and split."""
    return _read(text)


def _read(text: str) -> tuple[str, ...]:
    # Text without capitals has no identifiers to split, and splitting is the slow part.
    tokens = _LOWER.findall(text) if text.islower() else words(text)
    return with_compounds([SHORT_FORMS.get(word, word) for word in tokens])


def with_compounds(tokens: list[str]) -> tuple[str, ...]:
    """The words, with the compound added after each pair that forms one, and the parts after each compound."""
    found: list[str] = []
    before = ""
    for token in tokens:
        found.append(token)
        if joined := _JOINED.get((before, token)):
            found.append(joined)
        elif parts := COMPOUND_PARTS.get(token):
            found.extend(parts)
        before = token
    return tuple(found)
