"""Reports: figures that are made from the seed, by CP code, hostname or time, and agree with each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.estate import Site
from akamai_mcp.sandbox.account.told import bare, body_of, found, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
STEPS: Final = {"FIVE_MINUTES": 300, "HOUR": 3_600, "DAY": 86_400, "WEEK": 604_800, "MONTH": 2_592_000}
MOST_ROWS: Final = 5_000
REPORTS: Final = (
    "bytes-by-time",
    "hits-by-time",
    "bytes-by-cpcode",
    "hits-by-cpcode",
    "bytes-by-hostname",
    "hits-by-hostname",
    "urlbytes-by-url",
    "urlhits-by-url",
    "hits-by-responseclass",
)
METRICS: Final = ("edgeHits", "originHits", "edgeBytes", "originBytes", "hitsOffload", "bytesOffload")
ERROR_SHARE: Final = (0.002, 0.03)


def reports(_: Account, __: Ask) -> list[Json]:
    """The reports that there are."""
    return [_report(name) for name in REPORTS]


def report_versions(account: Account, ask: Ask) -> list[Json]:
    """The versions of a report."""
    return [one_report(account, ask)]


def one_report(_: Account, ask: Ask) -> Json:
    """A report in its only version."""
    name = ask.match.values["name"]
    return found(_report(name) if name in REPORTS else None, "The report")


def _report(name: str) -> Json:
    return {
        "name": name,
        "version": 1,
        "status": "PUBLISHED",
        "available": True,
        "deprecated": False,
        "dataRetentionDays": 92,
        "outputType": "FLAT",
        "intervals": list(STEPS),
        "requiredRoles": [],
        "groupBy": [name.rpartition("-by-")[2]],
        "metrics": [{"name": metric, "fullDescription": metric} for metric in METRICS],
        "limit": MOST_ROWS,
        "maxLimit": MOST_ROWS,
    }


def report_data(account: Account, ask: Ask) -> Json:
    """The figures of a report for the objects of the body: all rows of a report by hostname, URL, response or time."""
    body, name = ask.body if isinstance(ask.body, dict) else {}, one_report(account, ask)["name"]
    wanted = {bare(one) for one in body.get("objectIds", []) or ask.one("objectIds").split(",") if one}
    start, end = _range(account, ask)
    sites = [site for site in account.estate.sites if not wanted or str(site.cpcode_id) in wanted or "all" in wanted]
    rows = list(_rows(name, sites, start, end, STEPS.get(ask.one("interval", "DAY"), STEPS["DAY"])))[:MOST_ROWS]
    chosen = body.get("metrics")
    shown = [_chosen(row, chosen) for row in rows]
    return {
        "metadata": _metadata(name, ask, shown, sorted(wanted), start, end),
        "data": shown,
        "summaryStatistics": {},
    }


def report_by_dimensions(account: Account, ask: Ask) -> Json:
    """The figures of a report of the second version: by the dimensions of the body, for its metrics."""
    body = body_of(ask)
    start, end = _range(account, ask)
    dimensions, metrics = body.get("dimensions", ["cpcode"]), body.get("metrics", ["edgeHitsSum"])
    groups: dict[tuple[Any, ...], Json] = {}
    for site in account.estate.sites:
        for host in site.hostnames:
            facts = {"cpcode": str(site.cpcode_id), "cpcodeName": site.name, "hostname": host}
            if _passes(facts, body.get("filters", [])):
                key = tuple(facts.get(name, "") for name in dimensions)
                row = groups.setdefault(key, dict(zip(dimensions, key, strict=True)))
                for metric in metrics:
                    row[metric] = row.get(metric, 0) + _traffic(host, start, end).get(metric.removesuffix("Sum"), 0)
    rows = sorted(groups.values(), key=lambda row: -row.get(metrics[0], 0)) if metrics else list(groups.values())
    shown: Json = {"start": stamp(start), "end": stamp(end), "dimensions": dimensions, "metrics": metrics, "rowCount": len(rows)}
    return {"data": rows[: body.get("limit", MOST_ROWS)], "metadata": shown}


def _rows(name: str, sites: list[Site], start: float, end: float, step: int) -> Iterator[Json]:
    if "time" in name:
        for at in range(int(start), int(end), step):
            row = _sum([_traffic(site.name, at, at + step) for site in sites])
            yield {"startdatetime": stamp(at), **row}
    elif "url" in name or "hostname" in name:
        for site in sites:
            for host in site.hostnames:
                yield {**_named(name, host), **_traffic(host, start, end)}
    elif "responseclass" in name or "httpstatus" in name:
        whole = _sum([_traffic(host, start, end) for site in sites for host in site.hostnames])["edgeHits"]
        for status, share in (("2xx", 0.9), ("3xx", 0.06), ("4xx", ERROR_SHARE[1]), ("5xx", ERROR_SHARE[0])):
            counted: Json = {"response_class": status, "edgeHits": round(whole * share)}
            yield counted
    else:
        for site in sites:
            yield {"cpcode": str(site.cpcode_id), **_sum([_traffic(host, start, end) for host in site.hostnames])}


def _named(report: str, host: str) -> Json:
    return {"url.url": f"{host}/"} if "url" in report else {"hostname": host}


def _traffic(host: str, start: float, end: float) -> Json:
    """The traffic of a hostname in a time: steady, in proportion to its length."""
    seed = int.from_bytes(sha256(host.encode()).digest()[:4], "big")
    hits = int((20 + seed % 4_000) * (end - start) / 3_600)
    size, missed = 2_000 + seed % 60_000, 0.03 + (seed % 30) / 100
    origin = int(hits * missed)
    counted: Json = {"edgeHits": hits, "originHits": origin, "edgeBytes": hits * size, "originBytes": origin * size}
    return counted | _offload(hits, origin)


def _offload(hits: int, origin: int) -> Json:
    share = round(100 * (hits - origin) / hits, 2) if hits else 0.0
    return {"hitsOffload": share, "bytesOffload": share}


def _sum(rows: list[Json]) -> Json:
    whole = {name: sum(row[name] for row in rows) for name in METRICS[:4]}
    return whole | _offload(whole["edgeHits"], whole["originHits"])


def _chosen(row: Json, metrics: Any) -> Json:
    return {
        name: str(value)
        for name, value in row.items()
        if name not in METRICS or not isinstance(metrics, list) or not metrics or name in metrics
    }


def _passes(facts: Json, filters: list[Json]) -> bool:
    inside = {
        one["dimensionName"]: {str(value) for value in one.get("expressions", [])} for one in filters if "dimensionName" in one
    }
    return all(facts.get(name) in values for name, values in inside.items() if name in facts)


def _range(account: Account, ask: Ask) -> tuple[float, float]:
    try:
        start = datetime.fromisoformat(ask.one("start")).timestamp() if ask.one("start") else account.now - STEPS["DAY"]
        end = datetime.fromisoformat(ask.one("end")).timestamp() if ask.one("end") else account.now
    except ValueError:
        refuse(HTTPStatus.BAD_REQUEST, "start and end are dates in RFC 3339.")
    if start >= end:
        refuse(HTTPStatus.BAD_REQUEST, "start must be before end.")
    return start, end


def _metadata(name: str, ask: Ask, rows: list[Json], objects: list[str], start: float, end: float) -> Json:
    columns = [{"name": column, "label": column} for column in (rows[0] if rows else {})]
    return {
        "name": name,
        "version": ask.match.values["version"],
        "start": stamp(start),
        "end": stamp(end),
        "availableDataEnds": datetime.fromtimestamp(end, UTC).isoformat(),
        "interval": ask.one("interval", "DAY"),
        "objectIds": objects,
        "rowCount": len(rows),
        "columns": columns,
        "groupBy": [column["name"] for column in columns[:1]],
        "filters": [],
        "suggestedRetryTime": "",
    }
