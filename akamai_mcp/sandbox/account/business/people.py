"""Who acts in the account: the API client itself, and the events of what people did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.paging import whole
from akamai_mcp.sandbox.account.told import refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
EVENTS: Final = "/event-viewer-api/v1/events"
PAGE: Final = 50
TYPES: Final = {"1": "Property Manager", "2": "Security Configuration", "3": "Edge DNS"}
APIS: Final = {  # by name: the path below which each answers
    "Property Manager (PAPI)": "/papi",
    "Application Security": "/appsec",
    "Network Lists": "/network-list",
    "Edge DNS": "/config-dns",
    "Certificate Provisioning System": "/cps",
    "EdgeWorkers": "/edgeworkers",
    "DataStream": "/datastream-config-api",
    "Traffic Management Configurations": "/config-gtm",
    "Reporting API": "/reporting-api",
}
# The client may read this one and not change it.
READ_ONLY_API: Final = "Certificate Provisioning System"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What somebody did, at a time in seconds; `kind` is a key of TYPES."""

    at: float
    user: str
    kind: str
    name: str
    facts: Json


def client(account: Account, ask: Ask) -> Json:
    """The API client with what it may do."""
    day = stamp(account.estate.now - 400 * 86_400.0)
    row: Json = {
        "clientId": "sandboxclient01",
        "clientName": CALLER,
        "clientDescription": "The client of the sandbox",
        "clientType": "CLIENT",
        "accessToken": "akab-sandbox-access-token",
        "baseURL": "https://sandbox.test",
        "isLocked": False,
        "activeCredentialCount": 1,
        "allowAccountSwitch": False,
        "authorizedUsers": [CALLER],
        "canAutoCreateCredential": False,
        "createdBy": CALLER,
        "createdDate": day,
        "notificationEmails": ["ops@meridian-retail.test"],
        "serviceProviderId": 1,
    }
    if ask.one("apiAccess") == "true":
        row["apiAccess"] = {"allAccessibleApis": False, "apis": [_granted(number, name) for number, name in enumerate(APIS, 1)]}
    if ask.one("groupAccess") == "true":
        row["groupAccess"] = {"cloneAuthorizedUserGroups": False, "groups": _groups(account)}
    return row


def allowed_apis(_: Account, __: Ask) -> list[Json]:
    """The APIs that a user may have a client for, with the highest level of each."""
    more = {"accessLevels": ["READ-ONLY", "READ-WRITE"], "hasAccess": True, "serviceProviderId": 1}
    return [{**_api(number, name), **more} for number, name in enumerate(APIS, 1)]


def events(account: Account, ask: Ask) -> Json:
    """What people did, the newest first, page by page."""
    start, end = _time(ask, "start", 0.0), _time(ask, "end", account.now + 1)
    every = sorted(_events(account), key=lambda event: event.at)
    numbered = [(number, event) for number, event in enumerate(every, 1) if start <= event.at < end and _is_wanted(event, ask)]
    before, after = whole(ask.one("beforeEventId"), len(every) + 1), whole(ask.one("afterEventId"), 0)
    rows = [(number, event) for number, event in reversed(numbered) if after < number < before]
    links = [{"rel": "self", "href": EVENTS}]
    if len(rows) > PAGE:
        links.append({"rel": "next", "href": f"{EVENTS}?beforeEventId={rows[PAGE - 1][0]}"})
    return {"events": [_row(number, event) for number, event in rows[:PAGE]], "links": links}


def event_types(_: Account, __: Ask) -> list[Json]:
    """The kinds of events."""
    return [{"eventTypeId": key, "eventTypeName": name, "eventDefinitions": []} for key, name in TYPES.items()]


def _events(account: Account) -> Iterator[Event]:
    for one in account.papi.properties.values():
        for version in one.versions.values():
            facts = {"Property": one.name, "Version": version.number, "Note": version.note}
            yield Event(at=version.date, user=version.user, kind="1", name="Property version saved", facts=facts)
        for activation in one.activations.values():
            user = one.versions[activation.version].user
            facts = {"Property": one.name, "Version": activation.version, "Network": activation.network}
            yield Event(at=activation.date, user=user, kind="1", name=f"Property {activation.kind.lower()}d", facts=facts)
    for config in account.security.configurations.values():
        for act in config.activations.values():
            facts = {"Configuration": config.name, "Version": act.version, "Network": act.network}
            yield Event(at=act.date, user=act.user, kind="2", name="Configuration activated", facts=facts)
    for zone in account.names.zones.values():
        for saved in zone.versions:
            yield Event(at=saved.date, user=saved.user, kind="3", name="Zone changed", facts={"Zone": zone.name})


def _is_wanted(event: Event, ask: Ask) -> bool:
    return ask.one("username") in {"", event.user} and ask.one("eventTypeId") in {"", event.kind}


def _time(ask: Ask, name: str, otherwise: float) -> float:
    try:
        return datetime.fromisoformat(ask.one(name)).timestamp() if ask.one(name) else otherwise
    except ValueError:
        refuse(HTTPStatus.BAD_REQUEST, f"{name} is a date in RFC 3339.")


def _row(number: int, event: Event) -> Json:
    definition = {"eventDefinitionId": f"{event.kind}{len(event.name)}", "eventName": event.name, "eventDescription": event.name}
    return {
        "eventId": str(number),
        "eventTime": stamp(event.at),
        "username": event.user,
        "impersonator": False,
        "eventType": {"eventTypeId": event.kind, "eventTypeName": TYPES[event.kind], "eventDefinition": definition},
        "eventData": [{"key": key, "value": str(value)} for key, value in event.facts.items()],
    }


def _granted(number: int, name: str) -> Json:
    return {**_api(number, name), "accessLevel": "READ-ONLY" if name == READ_ONLY_API else "READ-WRITE"}


def _api(number: int, name: str) -> Json:
    return {
        "apiId": number,
        "apiName": name,
        "description": name,
        "documentationUrl": "https://sandbox.test",
        "endPoint": APIS[name],
    }


def _groups(account: Account) -> list[Json]:
    role = {"roleId": 14, "roleName": "Admin", "roleDescription": "May do everything"}
    top: Json = {"groupId": account.estate.top_group_id, "groupName": account.estate.account_name, **role}
    below = [
        {**role, "groupId": brand.group_id, "groupName": brand.title, "parentGroupId": top["groupId"], "isBlocked": False}
        for brand in account.estate.brands
    ]
    return [{**top, "isBlocked": False, "subGroups": below}]
