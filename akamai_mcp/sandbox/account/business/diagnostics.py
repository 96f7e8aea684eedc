"""Explain a reference number of an error page: a job that takes a while."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.told import Told, body_of, found, path_number, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
PATH: Final = "/edge-diagnostics/v1/error-translator"
STAGES: Final = ("IN_PROGRESS", "SUCCESS")
PLACE: Final = {"asNumber": 1136, "city": "AMSTERDAM", "countryCode": "NL", "regionCode": "NH"}


def translate(account: Account, ask: Ask) -> Told:
    """Begin to look for a reference number."""
    made, body = account.new_number(), body_of(ask)
    account.errors[made] = (body, account.work(*STAGES))
    return Told(value=_row(account, made), status=202)


def translation(account: Account, ask: Ask) -> Json:
    """How far that is, and what it found; each look sees it further."""
    wanted = path_number(ask, "requestId")
    found(account.errors.get(wanted), "The request")[1].look()
    return _row(account, wanted)


def gtm_properties(account: Account, _: Ask) -> Json:
    """The GTM properties of every domain."""
    domains = account.names.domains.values()
    rows = [
        {"property": name, "domain": domain.name, "hostname": f"{name}.{domain.name}"}
        for domain in domains
        for name in domain.below["properties"]
    ]
    return {"gtmProperties": rows}


def _row(account: Account, made: int) -> Json:
    request, work = account.errors[made]
    row = {
        "requestId": made,
        "request": request,
        "createdBy": CALLER,
        "createdTime": stamp(work.started),
        "completedTime": stamp(work.started),
        "executionStatus": work.word(account.now),
    }
    if not work.is_done(account.now):
        return {**row, "link": f"{PATH}/requests/{made}", "retryAfter": 10}
    return {**row, "result": _result(account, made, str(request.get("errorCode", ""))), "suggestedActions": [ACTION]}


ACTION: Final = "Check that the origin answers within the time that the property allows."


def _result(account: Account, made: int, code: str) -> Json:
    """What an edge server wrote down: a property of the account whose origin did not answer."""
    sites = account.estate.sites
    site = sites[sum(code.encode()) % len(sites)]
    return {
        "propertyName": site.name,
        "propertyUrl": f"https://control.akamai.com/apps/property-manager/{site.property_id}",
        "cpCode": site.cpcode_id,
        "url": f"https://{site.hostnames[0]}/account",
        "cacheKeyHostname": site.origin,
        "httpResponseCode": 504,
        "clientRequestMethod": "GET",
        "reasonForFailure": "ERR_READ_TIMEOUT|fwd_connect",
        "date": stamp(account.now),
        "epochTime": int(account.now),
        "clientIp": {"ip": "192.0.2.10", "ipLocation": PLACE},
        "connectingIp": {"ip": "192.0.2.10", "ipLocation": PLACE},
        "edgeServerIp": {"ip": "198.51.100.20", "ipLocation": PLACE},
        "originIp": {"ip": "203.0.113.30", "ipLocation": PLACE},
        "userAgent": f"sandbox/{made}",
    }
