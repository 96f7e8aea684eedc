"""The EdgeWorkers and streams that an estate starts with."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from akamai_mcp.sandbox.account.edge.bundles import write_bundle
from akamai_mcp.sandbox.account.edge.state import CodeActivation, CodeVersion, Edge, Stream, Worker
from akamai_mcp.sandbox.account.estate import Brand, Estate, Site
from akamai_mcp.sandbox.account.told import stamp
from akamai_mcp.sandbox.account.words import NETWORKS, PEOPLE
from akamai_mcp.sandbox.account.work import done

DAY: Final = 86_400.0
FIRST_WORKER: Final = 5_301
FIRST_STREAM: Final = 7_640
WORKER_VERSIONS: Final = ("1.0.0", "1.1.0", "1.2.0")
FIELDS: Final = (
    (1000, "CP code", "cp"),
    (1002, "Request ID", "reqId"),
    (1005, "Bytes", "bytes"),
    (1008, "HTTP status", "statusCode"),
)
CODE: Final = """export function onClientRequest(request) {{
  request.setHeader('X-Brand', '{brand}');
  request.setHeader('X-Code-Version', '{version}');
}}
"""


def plant_edge(estate: Estate) -> Edge:
    """An EdgeWorker and a stream for each brand."""
    edge = Edge()
    for place, brand in enumerate(estate.brands):
        worker = _worker(FIRST_WORKER + 7 * place, brand, estate)
        edge.workers[worker.number] = worker
        stream = _stream(FIRST_STREAM + 11 * place, brand, estate)
        edge.streams[stream.number] = stream
    return edge


def code_version(name: str, bundle: bytes, user: str, date: float) -> CodeVersion:
    """A version with this bundle."""
    return CodeVersion(name=name, bundle=bundle, checksum=hashlib.sha256(bundle).hexdigest(), user=user, date=date)


def _worker(number: int, brand: Brand, estate: Estate) -> Worker:
    worker = Worker(
        number=number,
        name=f"{brand.title} headers",
        group_id=brand.group_id,
        tier=100,
        description="Marks requests with the brand",
        user=PEOPLE[0],
        date=estate.now - 200 * DAY,
        used_by=tuple(site.property_id for site in estate.sites_of(brand)[:2]),
    )
    for place, version in enumerate(WORKER_VERSIONS):
        at = estate.now - (len(WORKER_VERSIONS) - place) * 30 * DAY
        bundle = write_bundle(version, worker.description, CODE.format(brand=brand.name, version=version))
        worker.versions[version] = code_version(version, bundle, PEOPLE[place], at)
        # The newest version has not left staging.
        for network in NETWORKS if version != WORKER_VERSIONS[-1] else NETWORKS[:1]:
            one = number * 100 + len(worker.activations) + 1
            worker.activations[one] = CodeActivation(
                number=one, version=version, network=network, note="", user=PEOPLE[place], date=at, work=done("COMPLETE", at)
            )
    return worker


def _stream(number: int, brand: Brand, estate: Estate) -> Stream:
    at, sites = estate.now - 60 * DAY, estate.sites_of(brand)
    row = {
        "streamId": number,
        "streamName": f"{brand.title} access logs",
        "streamVersion": 1,
        "latestVersion": 1,
        "contractId": brand.contract_id,
        "groupId": brand.group_id,
        "productId": sites[0].product_id.removeprefix("prd_"),
        "collectMidgress": False,
        "createdBy": PEOPLE[1],
        "createdDate": stamp(at),
        "modifiedBy": PEOPLE[1],
        "modifiedDate": stamp(at),
        "notificationEmails": ["logs@meridian-retail.test"],
        "properties": [_property(site) for site in sites],
        "datasetFields": [_field(*field) for field in FIELDS],
        "deliveryConfiguration": {
            "format": "JSON",
            "frequency": {"intervalInSeconds": 60},
            "uploadFilePrefix": "ak",
            "uploadFileSuffix": "ds",
        },
        "destination": {
            "destinationType": "AZURE",
            "accountName": f"{brand.name}logs",
            "containerName": "access",
            "path": "logs/access",
            "displayName": f"{brand.title} storage",
            "compressLogs": True,
        },
    }
    past = {"streamId": number, "streamVersion": 1, "status": "ACTIVATED", "modifiedBy": PEOPLE[1], "modifiedDate": stamp(at)}
    return Stream(number=number, versions=[row], work=done("ACTIVATED", at), history=[past])


def _property(site: Site) -> dict[str, Any]:
    return {"propertyId": site.property_id, "propertyName": site.name}


def _field(number: int, name: str, key: str) -> dict[str, Any]:
    return {"datasetFieldId": number, "datasetFieldName": name, "datasetFieldJsonKey": key}
