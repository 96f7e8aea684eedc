"""Zones: what they are, their versions, and many at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.dns.plant import soa_and_servers
from akamai_mcp.sandbox.account.dns.state import Zone, ZoneJob, ZoneVersion
from akamai_mcp.sandbox.account.paging import numbered_page
from akamai_mcp.sandbox.account.told import Told, bare, body_of, found, number, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask
from akamai_mcp.sandbox.store import uuid_of

Json = dict[str, Any]
ZONES: Final = "/config-dns/v2/zones"
PAGE: Final = 25
JOB_LIFE: Final = 86_400.0
OWN_SETTINGS: Final = ("comment", "signAndServe", "endCustomerId", "masters", "target", "tsigKey", "signAndServeAlgorithm")


def zone_at(account: Account, ask: Ask) -> Zone:
    """The zone that a path names. Raises RefusalError with 404."""
    return found(account.names.zones.get(ask.match.values["zone"].lower()), "The zone")


def zones(account: Account, ask: Ask) -> Json:
    """The zones, in the order of their names."""
    text, kinds = ask.one("search").lower(), [kind for kind in ask.one("types").upper().split(",") if kind]
    contracts = [bare(one) for one in ask.one("contractIds").split(",") if one]
    wanted = [
        zone
        for name, zone in sorted(account.names.zones.items())
        if text in name and (not kinds or zone.kind in kinds) and (not contracts or zone.contract_id in contracts)
    ]
    size = len(wanted) or 1 if ask.one("showAll") == "true" else PAGE
    page = numbered_page(wanted, ask, size=size)
    facts = {"page": page.start // page.size + 1, "pageSize": page.size, "totalElements": page.total, "showAll": size != PAGE}
    return {"metadata": {**facts, "contractIds": list(account.estate.contracts)}, "zones": [_row(zone) for zone in page.items]}


def one_zone(account: Account, ask: Ask) -> Json:
    """A zone."""
    return _row(zone_at(account, ask))


def create(account: Account, ask: Ask) -> Told:
    """A new zone, which has its SOA and NS record sets from the start."""
    body = body_of(ask)
    if (why := _reason_against(account, body)) is not None:
        refuse(HTTPStatus.CONFLICT, f"The zone {body.get('zone')} cannot be created: {why}.")
    zone = _create(account, body, ask)
    return Told(value=_row(zone), location=f"{ZONES}/{zone.name}")


def replace(account: Account, ask: Ask) -> Json:
    """Change the settings of a zone."""
    zone, body = zone_at(account, ask), body_of(ask)
    zone.settings = {name: body[name] for name in OWN_SETTINGS if name in body}
    zone.save(zone.current.records, date=account.now, user=CALLER)
    return _row(zone)


def contract(account: Account, ask: Ask) -> Json:
    """The contract of a zone."""
    return _contract_row(account, zone_at(account, ask).contract_id)


def contracts(account: Account, _: Ask) -> Json:
    """The contracts with what they allow."""
    return {"contracts": [_contract_row(account, one) for one in account.estate.contracts]}


def groups(account: Account, _: Ask) -> Json:
    """The groups in which zones may be created."""
    rows = [
        {
            "groupId": brand.group_id,
            "groupName": brand.title,
            "contractIds": [brand.contract_id],
            "permissions": ["READ", "WRITE", "ADD", "DELETE"],
        }
        for brand in account.estate.brands
    ]
    return {"groups": rows}


def versions(account: Account, ask: Ask) -> Json:
    """The versions of a zone, the newest first."""
    zone = zone_at(account, ask)
    page = numbered_page(list(reversed(zone.versions)), ask, size=PAGE)
    facts = {"page": page.start // page.size + 1, "pageSize": page.size, "totalElements": page.total}
    return {"metadata": facts, "versions": [_row(zone, version) for version in page.items]}


def one_version(account: Account, ask: Ask) -> Json:
    """A version of a zone."""
    return _row(zone_at(account, ask), version_at(account, ask))


def version_at(account: Account, ask: Ask) -> ZoneVersion:
    """The version that a path names. Raises RefusalError with 404."""
    every, wanted = zone_at(account, ask).versions, ask.match.values["uuid"]
    return found(next((version for version in every if version.identifier == wanted), None), "The version")


def activate_version(account: Account, ask: Ask) -> None:
    """Serve again what a version had."""
    zone_at(account, ask).save(version_at(account, ask).records, date=account.now, user=CALLER)


def create_many(account: Account, ask: Ask) -> Json:
    """Create zones; a job tells which were."""
    reasons = {str(body.get("zone")): (body, _reason_against(account, body)) for body in body_of(ask).get("zones", [])}
    made = [_create(account, body, ask).name for body, why in reasons.values() if why is None]
    failed = [{"zone": name, "failureReason": why} for name, (_, why) in reasons.items() if why is not None]
    return _begin(account, made, failed)


def delete_many(account: Account, ask: Ask) -> Json:
    """Delete zones; a job tells which were."""
    wanted = [str(name).lower() for name in body_of(ask).get("zones", [])]
    gone = [name for name in wanted if account.names.zones.pop(name, None) is not None]
    return _begin(account, gone, [{"zone": name, "failureReason": "ZONE_NOT_FOUND"} for name in wanted if name not in gone])


def job(account: Account, ask: Ask) -> Json:
    """How far a job on many zones is."""
    one = _job_at(account, ask)
    one.work.look()
    ended = one.work.is_done(account.now)
    return {
        "requestId": one.identifier,
        "zonesSubmitted": len(one.done) + len(one.failed),
        "successCount": len(one.done) if ended else 0,
        "failureCount": len(one.failed) if ended else 0,
        "isComplete": ended,
        "expirationDate": stamp(one.work.started + JOB_LIFE),
    }


def job_result(account: Account, ask: Ask) -> Json:
    """What became of the zones of a job."""
    one = _job_at(account, ask)
    word = "Created" if "create-requests" in ask.match.key else "Deleted"
    return {"requestId": one.identifier, f"successfully{word}Zones": list(one.done), "failedZones": list(one.failed)}


def _job_at(account: Account, ask: Ask) -> ZoneJob:
    return found(account.names.jobs.get(ask.match.values["requestId"]), "The request")


def _reason_against(account: Account, body: Json) -> str | None:
    name = str(body.get("zone", "")).lower()
    if name in account.names.zones:
        return "ZONE_ALREADY_EXISTS"
    return None if "." in name else "MALFORMED_ZONE"


def _create(account: Account, body: Json, ask: Ask) -> Zone:
    name = str(body.get("zone", "")).lower()
    zone = Zone(
        name=name,
        kind=str(body.get("type", "PRIMARY")).upper(),
        contract_id=bare(ask.one("contractId", account.estate.contracts[0])),
        group_id=number(ask.one("gid")),
        settings={key: body[key] for key in OWN_SETTINGS if key in body},
    )
    rows = soa_and_servers(name) if zone.kind == "PRIMARY" else []
    zone.save({(row["name"], row["type"]): row for row in rows}, date=account.now, user=CALLER)
    account.names.zones[name] = zone
    return zone


def _begin(account: Account, done: list[str], failed: list[Json]) -> Json:
    identifier = uuid_of(account.new_number())
    work = account.work("PENDING", "COMPLETE")
    account.names.jobs[identifier] = ZoneJob(identifier=identifier, done=tuple(done), failed=tuple(failed), work=work)
    return {"requestId": identifier, "expirationDate": stamp(account.now + JOB_LIFE)}


def _row(zone: Zone, version: ZoneVersion | None = None) -> Json:
    shown = version or zone.current
    return {
        "zone": zone.name,
        "type": zone.kind,
        "contractId": zone.contract_id,
        "versionId": shown.identifier,
        "activationState": "ACTIVE" if shown is zone.current else "OBSOLETE",
        "lastModifiedBy": shown.user,
        "lastModifiedDate": stamp(shown.date),
        "lastActivationDate": stamp(shown.date),
        "aliasCount": 0,
        **zone.settings,
    }


def _contract_row(account: Account, contract_id: str) -> Json:
    return {
        "contractId": contract_id,
        "contractName": account.estate.account_name,
        "contractTypeName": "DIRECT_CUSTOMER",
        "features": ["ALIAS_ZONES", "PRIMARY_ZONES", "SECONDARY_ZONES", "DNSSEC_SIGN_AND_SERVE"],
        "permissions": ["READ", "WRITE", "ADD", "DELETE"],
        "maximumZones": 500,
        "zoneCount": sum(zone.contract_id == contract_id for zone in account.names.zones.values()),
    }


def difference(account: Account, ask: Ask) -> Json:
    """What is other in one version of a zone than in another."""
    versions_by_id = {version.identifier: version for version in zone_at(account, ask).versions}
    old, new = (found(versions_by_id.get(ask.one(name)), "The version") for name in ("from", "to"))
    changed = sorted(key for key in old.records.keys() | new.records.keys() if old.records.get(key) != new.records.get(key))
    facts = {
        f"{side}Version{name}": value
        for side, version in (("from", old), ("to", new))
        for name, value in (("Id", version.identifier), ("LastModifiedDate", stamp(version.date)))
    }
    rows = [_difference(key, old.records.get(key), new.records.get(key)) for key in changed]
    return {"metadata": facts, "diffs": {"recordSetDiffs": rows, "settingsDiffs": []}}


def _difference(key: tuple[str, str], old: Json | None, new: Json | None) -> Json:
    operation = "ADD" if old is None else "DELETE" if new is None else "EDIT"
    values = {"fromValue": old, "toValue": new}
    shown = {side: {"ttl": row["ttl"], "rdata": row["rdata"]} for side, row in values.items() if row is not None}
    return {"name": key[0], "type": key[1], "operation": operation, **shown}
