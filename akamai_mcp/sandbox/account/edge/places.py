"""Where EdgeWorkers are used and may be created."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.edge.workers import worker_at
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
TIERS: Final = {100: "Basic Compute", 200: "Dynamic Compute"}


def properties(account: Account, ask: Ask) -> Json:
    """The properties whose rules name an EdgeWorker."""
    users = [one for one in account.papi.properties.values() if one.number in worker_at(account, ask).used_by]
    rows = [
        {
            "propertyId": one.number,
            "propertyName": one.name,
            "latestVersion": one.latest,
            "stagingVersion": one.active("STAGING", account.now) or 0,
            "productionVersion": one.active("PRODUCTION", account.now) or 0,
        }
        for one in users
    ]
    return {"properties": rows, "limitedAccessToProperties": False}


def groups(account: Account, _: Ask) -> Json:
    """The groups in which EdgeWorkers may be changed."""
    names = ["VIEW", "EDIT", "ACTIVATE"]
    brands = account.estate.brands
    return {"groups": [{"groupId": one.group_id, "groupName": one.title, "capabilities": names} for one in brands]}


def contracts(account: Account, _: Ask) -> Json:
    """The contracts that have EdgeWorkers."""
    return {"contractIds": list(account.estate.contracts)}


def tiers(_: Account, __: Ask) -> Json:
    """The tiers, and what code may use in each."""
    limits = [{"limitName": "Maximum CPU time", "limitUnit": "MILLISECOND", "limitValue": 10}]
    rows = [{"resourceTierId": key, "resourceTierName": name, "edgeWorkerLimits": limits} for key, name in TIERS.items()]
    return {"resourceTiers": rows}
