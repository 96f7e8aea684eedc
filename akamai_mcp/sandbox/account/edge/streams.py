"""Log streams: versions, activation and what they read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.edge.plant import FIELDS
from akamai_mcp.sandbox.account.edge.state import Stream
from akamai_mcp.sandbox.account.patches import PatchError, patched
from akamai_mcp.sandbox.account.told import Told, body_of, found, number, path_number, refuse, stamp
from akamai_mcp.sandbox.account.words import PRODUCTS
from akamai_mcp.sandbox.account.work import done
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
ON: Final = ("ACTIVATING", "ACTIVATED")
OFF: Final = ("DEACTIVATING", "DEACTIVATED")
# What a list leaves out.
LONG: Final = ("collectMidgress", "notificationEmails", "datasetFields", "deliveryConfiguration", "destination")
SECRETS: Final = ("accessKey", "secretAccessKey", "password", "authToken", "clientSecret")


def streams(account: Account, ask: Ask) -> list[Json]:
    """The streams of a group, or of all."""
    group = ask.one("groupId")
    rows = [_row(account, one) for one in account.edge.streams.values()]
    return [
        {name: value for name, value in row.items() if name not in LONG} for row in rows if group in {"", str(row["groupId"])}
    ]


def one_stream(account: Account, ask: Ask) -> Json:
    """A stream, in its last version or another."""
    one = _stream_at(account, ask)
    if not ask.one("version"):
        return _row(account, one)
    wanted = number(ask.one("version"))
    row = found(next((row for row in one.versions if row["streamVersion"] == wanted), None), "The version")
    return {**row, "streamStatus": one.work.word(account.now)}


def create(account: Account, ask: Ask) -> Told:
    """A new stream, which logs once it is activated."""
    made, body = account.new_number(), body_of(ask)
    product = next(iter(PRODUCTS))[0].removeprefix("prd_")
    row = {"streamId": made, "productId": product, "createdBy": CALLER, "createdDate": stamp(account.now), **body}
    one = Stream(number=made, versions=[], work=done("INACTIVE", account.now))
    account.edge.streams[made] = one
    _save(account, one, row)
    if ask.one("activate") == "true":
        one.work = account.work(*ON)
    return Told(value=_row(account, one), location=f"/datastream-config-api/v2/log/streams/{made}")


def replace(account: Account, ask: Ask) -> Json:
    """A new version of a stream."""
    one = _stream_at(account, ask)
    _save(account, one, {**one.versions[-1], **body_of(ask)})
    return _row(account, one)


def patch(account: Account, ask: Ask) -> Json:
    """A new version of a stream by a JSON Patch."""
    one = _stream_at(account, ask)
    try:
        row = patched(one.versions[-1], ask.body if isinstance(ask.body, list) else [])
    except PatchError as error:
        refuse(HTTPStatus.BAD_REQUEST, str(error))
    _save(account, one, row)
    return _row(account, one)


def delete(account: Account, ask: Ask) -> None:
    """Delete a stream that is not active."""
    one = _stream_at(account, ask)
    if one.work.word(account.now) not in {"INACTIVE", "DEACTIVATED"}:
        refuse(HTTPStatus.BAD_REQUEST, "The stream is active. Deactivate it first.")
    del account.edge.streams[one.number]


def activate(account: Account, ask: Ask) -> Json:
    """Begin to log, or to stop that."""
    one, stages = _stream_at(account, ask), ON if ask.match.key[-1] == "activate" else OFF
    if one.work.word(account.now) == stages[-1]:
        refuse(HTTPStatus.BAD_REQUEST, f"The stream is {stages[-1]} already.")
    one.work = account.work(*stages)
    one.history.append({**_change(account, one), "status": stages[-1]})
    return _row(account, one)


def activation_history(account: Account, ask: Ask) -> list[Json]:
    """When a stream was activated and deactivated."""
    return _stream_at(account, ask).history


def history(account: Account, ask: Ask) -> list[Json]:
    """The versions of a stream."""
    one = _stream_at(account, ask)
    return [{**row, "streamStatus": one.work.word(account.now)} for row in one.versions]


def fields(_: Account, __: Ask) -> Json:
    """What a stream can write of a request."""
    rows = [
        {
            "datasetFieldId": identifier,
            "datasetFieldName": name,
            "datasetFieldJsonKey": key,
            "datasetFieldGroup": "Log information",
            "datasetFieldDescription": name,
        }
        for identifier, name, key in FIELDS
    ]
    return {"datasetFields": rows}


def groups(account: Account, _: Ask) -> Json:
    """The groups that may have streams."""
    rows = [
        {"groupId": brand.group_id, "groupName": brand.title, "contractIds": [brand.contract_id], "childGroupIds": []}
        for brand in account.estate.brands
    ]
    return {"groups": rows}


def group_properties(account: Account, ask: Ask) -> Json:
    """The properties of a group that a stream may read."""
    group = path_number(ask, "groupId")
    rows = [
        {
            "propertyId": site.property_id,
            "propertyName": site.name,
            "productId": site.product_id.removeprefix("prd_"),
            "productName": dict(PRODUCTS)[site.product_id],
            "contractId": site.brand.contract_id,
            "hostnames": list(site.hostnames),
        }
        for site in account.estate.sites
        if site.brand.group_id == group
    ]
    return {"groupId": group, "properties": rows}


def _stream_at(account: Account, ask: Ask) -> Stream:
    one = found(account.edge.streams.get(path_number(ask, "streamId")), "The stream")
    if ask.method == "GET":
        one.work.look()
    return one


def _row(account: Account, one: Stream) -> Json:
    return {**one.versions[-1], "latestVersion": len(one.versions), "streamStatus": one.work.word(account.now)}


def _change(account: Account, one: Stream) -> Json:
    return {
        "streamId": one.number,
        "streamVersion": len(one.versions),
        "modifiedBy": CALLER,
        "modifiedDate": stamp(account.now),
    }


def _save(account: Account, one: Stream, row: Json) -> None:
    number_now = len(one.versions) + 1
    names = {site.property_id: site.name for site in account.estate.sites}
    properties = [
        {"propertyId": each["propertyId"], "propertyName": names.get(each["propertyId"], "")} for each in row["properties"]
    ]
    known = {identifier: {"datasetFieldName": name, "datasetFieldJsonKey": key} for identifier, name, key in FIELDS}
    shown = [{**known.get(each["datasetFieldId"], {}), **each} for each in row.get("datasetFields", [])]
    # Credentials of a destination are written and never read.
    destination = {name: value for name, value in row.get("destination", {}).items() if name not in SECRETS}
    changed = {**row, "properties": properties, "datasetFields": shown, "destination": {"compressLogs": True, **destination}}
    one.versions.append({**changed, **_change(account, one), "streamVersion": number_now})
