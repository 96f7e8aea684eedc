"""Find properties: by what is in their rules, by a name or a hostname."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.jsonpath import JsonPathError, find
from akamai_mcp.sandbox.account.papi.bulk import begin_job, job_at
from akamai_mcp.sandbox.account.papi.state import Property, Version
from akamai_mcp.sandbox.account.papi.views import identity, owner
from akamai_mcp.sandbox.account.told import Told, body_of, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]


def search(account: Account, ask: Ask) -> Told:
    """Begin to search the rules of all properties."""
    query = body_of(ask).get("bulkSearchQuery", {})
    return begin_job(account, ask, "bulkSearchLink", {"query": query, "results": list(_matches(account, query))})


def search_now(account: Account, ask: Ask) -> Json:
    """Search the rules of all properties and wait for it."""
    query = body_of(ask).get("bulkSearchQuery", {})
    made = account.new_number()
    return _search_row(account, made, query, list(_matches(account, query)), "COMPLETE", account.now)


def search_result(account: Account, ask: Ask) -> Json:
    """How far a search is, and what it found."""
    made, job, word = job_at(account, ask, "bulkSearchId")
    results = job.body["results"] if word == "COMPLETE" else []
    return _search_row(account, made, job.body["query"], results, word, job.work.started)


def find_by_value(account: Account, ask: Ask) -> Json:
    """The newest and the active versions of properties that have a name, a hostname or an edge hostname."""
    body = body_of(ask)
    rows = [
        _version_row(account, one, version)
        for one in [*account.papi.properties.values(), *account.papi.includes.values()]
        for version in one.versions.values()
        if version.number in _shown_versions(account, one) and _has(one, version, body)
    ]
    return {"versions": {"items": rows}}


def _matches(account: Account, query: Json) -> Iterator[Json]:
    try:
        for one in account.papi.properties.values():
            for version in one.versions.values():
                qualified = all(find(version.rules, text) for text in query.get("bulkSearchQualifiers", []))
                places = find(version.rules, str(query.get("match", ""))) if qualified else []
                if places:
                    yield _match_row(account, one, version, [f"/rules{place}" for place in places])
    except JsonPathError as error:
        refuse(HTTPStatus.BAD_REQUEST, str(error))


def _match_row(account: Account, one: Property, version: Version, places: list[str]) -> Json:
    return {
        **identity(one),
        "accountId": f"act_{account.estate.account_id}",
        "propertyType": "TRADITIONAL",
        "propertyVersion": version.number,
        "isLatest": version.number == one.latest,
        "isLocked": one.is_locked(version.number),
        "isSecure": bool(version.rules.get("options", {}).get("is_secure")),
        "lastModifiedTime": stamp(version.date),
        "matchLocations": places,
        "productionStatus": one.status(version.number, "PRODUCTION", account.now),
        "stagingStatus": one.status(version.number, "STAGING", account.now),
    }


def _search_row(account: Account, made: int, query: Json, results: list[Json], word: str, at: float) -> Json:
    return {
        "bulkSearchId": made,
        "bulkSearchQuery": query,
        "searchTargetStatus": word,
        "searchSubmitDate": stamp(at),
        "searchUpdateDate": stamp(account.now),
        "results": results,
    }


def _shown_versions(account: Account, one: Property) -> set[int | None]:
    return {one.latest, one.active("STAGING", account.now), one.active("PRODUCTION", account.now)}


def _has(one: Property, version: Version, body: Json) -> bool:
    names = {f"{one.kind}Name": {one.name}, "hostname": {host["cnameFrom"] for host in version.hostnames}}
    names["edgeHostname"] = {host["cnameTo"] for host in version.hostnames}
    return any(value in names.get(name, set()) for name, value in body.items())


def _version_row(account: Account, one: Property, version: Version) -> Json:
    return {
        **owner(account, one),
        **identity(one),
        "assetId": f"aid_{one.number + 10_000_000}",
        f"{one.kind}Version": version.number,
        "productionStatus": one.status(version.number, "PRODUCTION", account.now),
        "stagingStatus": one.status(version.number, "STAGING", account.now),
        "updatedByUser": version.user,
        "updatedDate": stamp(version.date),
    }
