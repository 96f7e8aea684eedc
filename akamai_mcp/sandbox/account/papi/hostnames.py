"""Hostnames: of a version, of a property on its networks, of the account, and the edge hostnames that they lead to."""

from __future__ import annotations

from typing import Any

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.paging import page_of
from akamai_mcp.sandbox.account.papi.reads import owned, place
from akamai_mcp.sandbox.account.papi.state import Hostname, Property
from akamai_mcp.sandbox.account.papi.views import hostnames_answer, network_hostnames, owner, property_at, version_at
from akamai_mcp.sandbox.account.told import found, path_number
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]


def version_hostnames(account: Account, ask: Ask) -> Json:
    """The hostnames of a version."""
    return hostnames_answer(account, property_at(account, ask), version_at(account, ask))


def property_hostnames(account: Account, ask: Ask) -> Json:
    """The hostnames that a property has on staging and production."""
    one, rows = property_at(account, ask), dict[str, Json]()
    for network in NETWORKS:
        for name, host in network_hostnames(account, one, network).items():
            rows[name] = rows.get(name, {}) | _on_network(host, network)
    # Sorted, since pages by offset need an order that does not change between two requests.
    page = page_of([rows[name] for name in sorted(rows)], ask, size=1000)
    listed = {"items": page.items, "currentItemCount": len(page.items), "totalItems": page.total, **page.links(ask)}
    return {**owner(account, one), "propertyId": f"prp_{one.number}", "hostnames": listed}


def account_hostnames(account: Account, ask: Ask) -> Json:
    """The hostnames of all properties on one network, which is staging unless the request says otherwise."""
    network = ask.one("network", "STAGING")
    rows = [
        {**_owner_of_hostname(one), **_on_network(host, network), f"{network.lower()}CnameType": host["cnameType"]}
        for one in owned(account.papi.properties.values(), ask)
        for host in network_hostnames(account, one, network).values()
    ]
    target = f"{network.lower()}CnameTo"
    wanted = [row for row in rows if ask.one("hostname") in row["cnameFrom"] and ask.one("cnameTo") in row[target]]
    ordered = sorted(wanted, key=lambda row: row["cnameFrom"], reverse=ask.one("sort") == "hostname:d")
    page = page_of(ordered, ask, size=1000)
    listed = {
        "items": page.items,
        "currentItemCount": len(page.items),
        "totalItems": page.total,
        "nextLink": "",
        **page.links(ask),
    }
    return {
        "accountId": f"act_{account.estate.account_id}",
        "availableSort": ["hostname:a", "hostname:d"],
        "currentSort": ask.one("sort", "hostname:a"),
        "defaultSort": "hostname:a",
        "hostnames": listed,
    }


def edge_hostnames(account: Account, ask: Ask) -> Json:
    """The edge hostnames of the account."""
    return {
        **place(account, ask),
        "edgeHostnames": {"items": [one.row for one in owned(account.papi.edge_hostnames.values(), ask)]},
    }


def one_edge_hostname(account: Account, ask: Ask) -> Json:
    """An edge hostname."""
    one = found(account.papi.edge_hostnames.get(path_number(ask, "edgeHostnameId")), "The edge hostname")
    return {**place(account, ask), "edgeHostnames": {"items": [one.row]}}


def _on_network(host: Hostname, network: str) -> Json:
    prefix = network.lower()
    return {
        "cnameFrom": host["cnameFrom"],
        f"{prefix}CertType": host["certProvisioningType"],
        f"{prefix}CnameTo": host["cnameTo"],
        f"{prefix}EdgeHostnameId": host["edgeHostnameId"],
    }


def _owner_of_hostname(one: Property) -> Json:
    return {
        "contractId": f"ctr_{one.contract_id}",
        "groupId": f"grp_{one.group_id}",
        "propertyId": f"prp_{one.number}",
        "propertyName": one.name,
        "propertyType": "TRADITIONAL",
    }
