"""Client lists: items with notes and an end, versions and activations."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.paging import numbered_page
from akamai_mcp.sandbox.account.security.plant import item_row
from akamai_mcp.sandbox.account.security.state import ClientList, ListActivation, list_identifier
from akamai_mcp.sandbox.account.told import Told, body_of, found, path_number, refuse, stamp
from akamai_mcp.sandbox.account.words import NETWORKS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
PATH: Final = "/client-list/v1/lists"
STAGES: Final = ("PENDING_ACTIVATION", "ACTIVE")


def lists(account: Account, ask: Ask) -> Json:
    """The client lists of some kinds whose name has a text in it."""
    kinds, text = ask.query.get("type", []), (ask.one("name") or ask.one("search")).lower()
    wanted = [
        one for one in account.security.client_lists.values() if (not kinds or one.kind in kinds) and text in one.name.lower()
    ]
    page = numbered_page(wanted, ask, size=1000, first=0)
    return {"content": [_row(account, one, ask) for one in page.items]}


def one_list(account: Account, ask: Ask) -> Json:
    """A client list."""
    return _row(account, _list_at(account, ask), ask)


def items(account: Account, ask: Ask) -> Json:
    """The items of a list."""
    page = numbered_page(_shown_items(account, _list_at(account, ask)), ask, size=1000, first=0)
    return {"content": page.items}


def contracts_groups(account: Account, _: Ask) -> list[Json]:
    """Where lists may be created."""
    return [
        {"contractId": brand.contract_id, "groupId": brand.group_id, "groupName": brand.title} for brand in account.estate.brands
    ]


def create(account: Account, ask: Ask) -> Told:
    """A new client list."""
    body = body_of(ask)
    name, kind, number = str(body.get("name", "")), str(body.get("type", "IP")), account.new_number()
    made = ClientList(
        identifier=list_identifier(number, name),
        name=name,
        kind=kind,
        items={item["value"]: _item(account, item, kind) for item in _objects(body.get("items"))},
        notes=str(body.get("notes", "")),
        tags=list(body.get("tags", [])),
        contract_id=str(body.get("contractId", account.estate.contracts[0])),
        group_id=int(body.get("groupId", account.estate.top_group_id)),
        user=CALLER,
        created=account.now,
        updated=account.now,
    )
    account.security.client_lists[made.identifier] = made
    return Told(value=_row(account, made, ask, whole=True), location=f"{PATH}/{made.identifier}")


def update(account: Account, ask: Ask) -> Json:
    """Change name, notes and tags."""
    one, body = _list_at(account, ask), body_of(ask)
    one.name, one.notes = str(body.get("name", one.name)), str(body.get("notes", one.notes))
    one.tags = list(body.get("tags", one.tags))
    return _row(account, one, ask)


def delete(account: Account, ask: Ask) -> None:
    """Delete a list that is active nowhere."""
    one = _list_at(account, ask)
    if any(_status(account, one, network) != "INACTIVE" for network in NETWORKS):
        refuse(HTTPStatus.CONFLICT, f"{one.name} is active. Deactivate it first.")
    del account.security.client_lists[one.identifier]


def change_items(account: Account, ask: Ask) -> Json:
    """Add, change and remove items; a list that was activated gets a new version by it."""
    one, body = _list_at(account, ask), body_of(ask)
    if any(activation.point == one.version for activation in one.activations.values()):
        one.version += 1
    appended = {item["value"]: _item(account, item, one.kind, one.version) for item in _objects(body.get("append"))}
    updated = {item["value"]: {**one.items.get(item["value"], {}), **item} for item in _objects(body.get("update"))}
    deleted = [item["value"] for item in _objects(body.get("delete"))]
    one.items = {value: item for value, item in {**one.items, **updated, **appended}.items() if value not in deleted}
    one.user, one.updated = CALLER, account.now
    return {
        "appended": list(appended.values()),
        "updated": list(updated.values()),
        "deleted": [{"value": value} for value in deleted],
    }


def activate(account: Account, ask: Ask) -> Json:
    """Begin to activate a list on a network, or to take it off."""
    one, body = _list_at(account, ask), body_of(ask)
    network = str(body.get("network", "")).upper()
    if network not in NETWORKS:
        refuse(HTTPStatus.BAD_REQUEST, "The network is STAGING or PRODUCTION.")
    action = str(body.get("action") or "ACTIVATE")
    stages = STAGES if action == "ACTIVATE" else ("PENDING_DEACTIVATION", "INACTIVE")
    one.activations[network] = ListActivation(
        number=account.new_number(),
        point=one.version,
        comment=str(body.get("comments", "")),
        work=account.work(*stages),
        action=action,
    )
    return _activation_row(account, one, network)


def status(account: Account, ask: Ask) -> Json:
    """How far a list is on a network."""
    one, network = _list_at(account, ask), ask.match.values["environment"].upper()
    found(one.activations.get(network), "An activation there").work.look()
    return _activation_row(account, one, network)


def activation(account: Account, ask: Ask) -> Json:
    """An activation by its number."""
    wanted = path_number(ask, "activationId")
    every = ((one, network) for one in account.security.client_lists.values() for network in one.activations)
    one, network = found(next((pair for pair in every if pair[0].activations[pair[1]].number == wanted), None), "The activation")
    one.activations[network].work.look()
    return _activation_row(account, one, network)


def _list_at(account: Account, ask: Ask) -> ClientList:
    return found(account.security.client_lists.get(ask.match.values["listId"]), "The client list")


def _objects(value: object) -> Iterable[Json]:
    return [item for item in value if isinstance(item, dict) and "value" in item] if isinstance(value, list) else []


def _item(account: Account, asked: Json, kind: str, version: int = 1) -> Json:
    more = {name: value for name, value in asked.items() if name != "value"}
    return item_row(asked["value"], kind, CALLER, account.now, createdVersion=version, **more)


def _status(account: Account, one: ClientList, network: str) -> str:
    activation = one.activations.get(network)
    if activation is None:
        return "INACTIVE"
    word = activation.work.word(account.now)
    return "MODIFIED" if word == "ACTIVE" and activation.point != one.version else word


def _active_version(account: Account, one: ClientList, network: str) -> Json:
    activation = one.activations.get(network)
    if activation is None or not activation.work.is_done(account.now) or activation.action != "ACTIVATE":
        return {}
    return {f"{network.lower()}ActiveVersion": activation.point}


def _shown_items(account: Account, one: ClientList) -> list[Json]:
    shown: list[Json] = []
    for item in one.items.values():
        statuses = {f"{network.lower()}Status": _item_status(account, one, item, network) for network in NETWORKS}
        shown.append({**item, **statuses})
    return shown


def _item_status(account: Account, one: ClientList, item: Json, network: str) -> str:
    active = _active_version(account, one, network).get(f"{network.lower()}ActiveVersion", 0)
    return "ACTIVE" if active >= item["createdVersion"] else "INACTIVE"


def _row(account: Account, one: ClientList, ask: Ask, *, whole: bool = False) -> Json:
    group = next((brand.title for brand in account.estate.brands if brand.group_id == one.group_id), account.estate.account_name)
    row: Json = {
        "listId": one.identifier,
        "name": one.name,
        "type": one.kind,
        "listType": "CL",
        "notes": one.notes,
        "tags": one.tags,
        "itemsCount": len(one.items),
        "version": one.version,
        "contractId": one.contract_id,
        "groupId": one.group_id,
        "groupName": group,
        "createDate": stamp(one.created),
        "createdBy": one.user,
        "updateDate": stamp(one.updated),
        "updatedBy": one.user,
        "deprecated": False,
        "readOnly": False,
        "shared": False,
        **{f"{network.lower()}ActivationStatus": _status(account, one, network) for network in NETWORKS},
        **_active_version(account, one, "STAGING"),
        **_active_version(account, one, "PRODUCTION"),
    }
    return row | {"items": _shown_items(account, one)} if whole or ask.one("includeItems") == "true" else row


def _activation_row(account: Account, one: ClientList, network: str) -> Json:
    activation = one.activations[network]
    return {
        "action": activation.action,
        "activationId": activation.number,
        "activationStatus": activation.work.word(account.now),
        "comments": activation.comment,
        "createDate": stamp(activation.work.started),
        "createdBy": one.user,
        "fast": False,
        "listId": one.identifier,
        "network": network,
        "notificationRecipients": [],
        "version": activation.point,
    }


ROUTES: Final = {
    ("GET", PATH): lists,
    ("POST", PATH): create,
    ("GET", f"{PATH}/{{listId}}"): one_list,
    ("PUT", f"{PATH}/{{listId}}"): update,
    ("DELETE", f"{PATH}/{{listId}}"): delete,
    ("GET", f"{PATH}/{{listId}}/items"): items,
    ("POST", f"{PATH}/{{listId}}/items"): change_items,
    ("POST", f"{PATH}/{{listId}}/activations"): activate,
    ("POST", "/client-list/v2/lists/{listId}/activations"): activate,
    ("GET", f"{PATH}/{{listId}}/environments/{{environment}}/status"): status,
    ("GET", "/client-list/v1/activations/{activationId}"): activation,
    ("GET", "/client-list/v1/contracts-groups"): contracts_groups,
}
