"""Security events as lines of JSON: one for each event, and a last one that says where the next request goes on."""

from __future__ import annotations

from base64 import b64encode
from http import HTTPStatus
from typing import Any, Final

import orjson

from akamai_mcp.media_types import JSON_TYPE
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.estate import Site
from akamai_mcp.sandbox.account.told import number, stamp
from akamai_mcp.sandbox.exchange import Answer, Ask

TEMPLATE: Final = "/siem/v1/configs/{configId}"
EVENTS: Final = 240
DEFAULT_LIMIT: Final = 100
STEP: Final = 30
RULES: Final = (("950002", "Command access"), ("981173", "SQL injection"), ("3000014", "Cross-site scripting"))


def lines(ask: Ask, account: Account | None) -> Answer | None:
    """The events of a configuration from an offset on, or None for another operation."""
    if ask.match.route.template != TEMPLATE or account is None:
        return None
    wanted = [number(text) for text in ask.match.values["configId"].split(";")]
    configs = [account.security.configurations[one] for one in wanted if one in account.security.configurations]
    if not configs:
        return Answer(status=HTTPStatus.NOT_FOUND, problem="The configuration was not found.")
    start, limit = max(number(ask.one("offset", "0")), 0), max(number(ask.one("limit", str(DEFAULT_LIMIT))), 1)
    sites = [site for site in account.estate.sites if site.brand.group_id in {one.group_id for one in configs}]
    rows = [_event(account, sites[at % len(sites)], configs[0].number, at) for at in range(start, min(start + limit, EVENTS))]
    last = {"total": len(rows), "offset": str(start + len(rows)), "limit": limit}
    return Answer(status=HTTPStatus.OK, media_type=JSON_TYPE, body=b"\n".join(map(orjson.dumps, [*rows, last])) + b"\n")


def _event(account: Account, site: Site, config: int, at: int) -> dict[str, Any]:
    rule, message = RULES[at % len(RULES)]
    when = account.estate.now - (EVENTS - at) * STEP
    return {
        "type": "akamai_siem",
        "format": "json",
        "version": "1.0",
        "attackData": {
            "configId": str(config),
            "policyId": "shop",
            "clientIP": f"203.0.113.{at % 250}",
            "rules": _encoded(rule),
            "ruleMessages": _encoded(message),
            "ruleActions": _encoded("deny" if at % 2 else "alert"),
            **dict.fromkeys(("ruleData", "ruleSelectors", "ruleTags", "ruleVersions"), ""),
        },
        "httpMessage": {
            "host": site.hostnames[at % len(site.hostnames)],
            "method": "GET",
            "path": "/search",
            "port": "443",
            "protocol": "HTTP/2",
            "query": "q=%27",
            "status": "403" if at % 2 else "200",
            "bytes": str(200 + at),
            "start": str(int(when)),
            "requestId": f"{at:08x}",
            "requestHeaders": "",
            "responseHeaders": "",
        },
        "geo": {"asn": "1136", "city": "AMSTERDAM", "continent": "EU", "country": "NL", "regionCode": "NH"},
        "custom": stamp(when),
    }


def _encoded(text: str) -> str:
    """A value as SIEM writes it: Base64, with what follows it after a semicolon."""
    return b64encode(text.encode()).decode().replace("=", "%3d")
