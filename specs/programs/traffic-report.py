"""
summary: "Traffic of a time by hostname, CP code, day or response: hits, bytes and offload, largest first, as rows with a total."
asks:
  - Which hostnames have the most traffic
  - Top hostnames of last month
  - Show the offload of each CP code
  - How many bytes did we deliver last week
  - Traffic report of yesterday
  - Hits and bandwidth by day
  - Requests and bytes of each hostname for a month
  - Cache offload and hit rate by CP code
effect: read
inputs:
  type: object
  properties:
    by: {type: string, enum: [hostname, cpcode, time1day, time1hour, responseClass, responseCode], default: hostname, description: What the rows are}
    days: {type: integer, minimum: 1, maximum: 90, default: 7, description: "Days up to the end of the time, without end up to today"}
    end: {type: string, default: "", description: "End of the time, as 2026-11-26; by default today at 0:00 UTC"}
    cpcodes: {type: array, items: {type: [string, integer]}, default: [], description: Only these CP codes}
    hostnames: {type: array, items: {type: string}, default: [], description: Only these hostnames}
    mostRows: {type: integer, minimum: 1, maximum: 1000, default: 20, description: Rows to return at most}
    chart: {type: boolean, default: false, description: "Draw the hits of the rows, and return the rows alone beside it"}
"""

import datetime as dt

METRICS = ("edgeHitsSum", "originHitsSum", "edgeBytesSum", "originBytesSum")
now = dt.datetime.now(dt.timezone.utc)
end = inputs["end"][:10] or now.date().isoformat()
start = (dt.date.fromisoformat(end) - dt.timedelta(days=inputs["days"])).isoformat()


def one_of(dimension, values):
    return (
        [{"dimensionName": dimension, "operator": "IN_LIST", "expressions": [str(value) for value in values]}] if values else []
    )


def share(part, whole):
    """How much of the whole did not come from the origin, in percent."""
    return round(100 * (whole - part) / whole, 2) if whole else None


def to_row(name, row):
    hits, origin_hits, size, origin_size = [int(float(row.get(metric) or 0)) for metric in METRICS]
    return {
        inputs["by"]: name,
        "hits": hits,
        "gigabytes": round(size / 1e9, 3),
        "offloadOfHits": share(origin_hits, hits),
        "offloadOfBytes": share(origin_size, size),
    }


body = {"dimensions": [inputs["by"]], "metrics": list(METRICS)}
body["filters"] = one_of("cpcode", inputs["cpcodes"]) + one_of("hostname", inputs["hostnames"])
body["sortBys"] = [{"name": "edgeHitsSum", "sortOrder": "DESCENDING"}]
answer = await call(
    "reporting-api/v2#post-report-data",
    {
        "productFamily": "delivery",
        "reportingArea": "traffic",
        "report": "current",
        "start": f"{start}T00:00:00Z",
        "end": f"{end}T00:00:00Z",
        "body": body,
    },
)
data = answer["data"]
is_time = inputs["by"].startswith("time")
rows = sorted(data, key=lambda row: str(row[inputs["by"]]) if is_time else -float(row.get("edgeHitsSum") or 0))
whole = {metric: sum(float(row.get(metric) or 0) for row in data) for metric in METRICS}
shown = [to_row(row[inputs["by"]], row) for row in rows[: inputs["mostRows"]]]
if inputs["chart"] and shown:
    return chart(shown, inputs["by"], "hits", "line" if is_time else "bar")
{
    "start": start,
    "end": end,
    "found": len(data),
    "total": to_row("all", whole),
    "rows": shown,
}
