"""Network lists: elements, sync points and activations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.security.state import ListActivation, NetworkList, list_identifier
from akamai_mcp.sandbox.account.told import Told, body_of, found, path_number, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
PATH: Final = "/network-list/v2/network-lists"
STAGES: Final = ("PENDING_ACTIVATION", "ACTIVE")
# What the activation itself says at the stages at which the list says the words above.
PROGRESS: Final = {"PENDING_ACTIVATION": "RECEIVED", "ACTIVE": "ACTIVATED"}


def lists(account: Account, ask: Ask) -> Json:
    """The network lists whose name has a text in it."""
    wanted = [one for one in account.security.network_lists.values() if _is_wanted(one, ask)]
    return {"links": {"create": {"href": PATH, "method": "POST"}}, "networkLists": [_row(account, one, ask) for one in wanted]}


def one_list(account: Account, ask: Ask) -> Json:
    """A network list."""
    return _row(account, _list_at(account, ask), ask)


def create(account: Account, ask: Ask) -> Told:
    """A new network list."""
    body = body_of(ask)
    name, number = str(body.get("name", "")), account.new_number()
    made = NetworkList(
        identifier=list_identifier(number, name),
        name=name,
        kind=str(body.get("type", "IP")),
        elements=list(body.get("list", [])),
        description=str(body.get("description", "")),
        contract_id=str(body.get("contractId") or account.estate.contracts[0]),
        group_id=int(body.get("groupId") or account.estate.top_group_id),
        user=CALLER,
        created=account.now,
        updated=account.now,
    )
    account.security.network_lists[made.identifier] = made
    return Told(value=_row(account, made, ask, whole=True), location=f"{PATH}/{made.identifier}")


def replace(account: Account, ask: Ask) -> Json:
    """Replace name and elements of a list as it was read: its sync point must be the list's."""
    one, body = _list_at(account, ask), body_of(ask)
    if account.compares and body.get("syncPoint") != one.sync_point:
        detail = f"{one.name} was changed since it was read: its sync point is {one.sync_point}, not {body.get('syncPoint')}."
        refuse(HTTPStatus.CONFLICT, detail)
    one.name, one.description = str(body.get("name", one.name)), str(body.get("description", one.description))
    _change(account, one, list(body.get("list", [])))
    return _row(account, one, ask, whole=True)


def rename(account: Account, ask: Ask) -> None:
    """Change name and description of a list."""
    one, body = _list_at(account, ask), body_of(ask)
    one.name, one.description = str(body.get("name", one.name)), str(body.get("description", one.description))
    one.user, one.updated = CALLER, account.now


def delete(account: Account, ask: Ask) -> Json:
    """Delete a list that is active nowhere."""
    one = _list_at(account, ask)
    if any(_status(account, one, network) in {"ACTIVE", "MODIFIED"} for network in ("STAGING", "PRODUCTION")):
        refuse(HTTPStatus.FORBIDDEN, f"{one.name} is active. Deactivate it first.")
    del account.security.network_lists[one.identifier]
    return {"status": HTTPStatus.OK, "uniqueId": one.identifier, "syncPoint": one.sync_point}


def append(account: Account, ask: Ask) -> Json:
    """Add elements to a list."""
    one = _list_at(account, ask)
    return _edited(account, one, ask, add=list(body_of(ask).get("list", [])))


def add_element(account: Account, ask: Ask) -> Json:
    """Add one element to a list."""
    return _edited(account, _list_at(account, ask), ask, add=[ask.one("element")])


def remove_element(account: Account, ask: Ask) -> Json:
    """Take one element off a list."""
    one = _list_at(account, ask)
    if ask.one("element") not in one.elements:
        refuse(HTTPStatus.NOT_FOUND, f"{ask.one('element')} is not in {one.name}.")
    return _edited(account, one, ask, remove=ask.one("element"))


def activate(account: Account, ask: Ask) -> Json:
    """Begin to activate a list on a network."""
    one, network = _list_at(account, ask), ask.match.values["environment"].upper()
    before = one.activations.get(network)
    if before is not None and not before.work.is_done(account.now):
        refuse(HTTPStatus.CONFLICT, f"{one.name} is being activated on {network} already.")
    one.activations[network] = ListActivation(
        number=account.new_number(),
        point=one.sync_point,
        comment=str((ask.body or {}).get("comments", "")),
        work=account.work(*STAGES),
    )
    return _activation_row(account, one, network)


def status(account: Account, ask: Ask) -> Json:
    """How far a list is on a network."""
    one, network = _list_at(account, ask), ask.match.values["environment"].upper()
    if network in one.activations:
        one.activations[network].work.look()
    return _activation_row(account, one, network)


def activation(account: Account, ask: Ask) -> Json:
    """An activation by its number."""
    wanted = path_number(ask, "activationId")
    every = ((one, network) for one in account.security.network_lists.values() for network in one.activations)
    one, network = found(next((pair for pair in every if pair[0].activations[pair[1]].number == wanted), None), "The activation")
    one.activations[network].work.look()
    row = _activation_row(account, one, network)
    return {
        "activationId": wanted,
        "createDate": stamp(one.activations[network].work.started),
        "createdBy": one.user,
        "environment": network,
        "networkList": row,
        "status": PROGRESS[one.activations[network].work.word(account.now)],
    }


def history(account: Account, ask: Ask) -> Json:
    """A list as it was at a sync point."""
    one, point = _list_at(account, ask), path_number(ask, "syncPoint")
    elements = one.elements if point == one.sync_point else found(one.history.get(point), "The sync point")
    return {**_row(account, one, ask, whole=True), "list": elements, "elementCount": len(elements), "syncPoint": point}


def _is_wanted(one: NetworkList, ask: Ask) -> bool:
    text = ask.one("search").lower()
    return ask.one("listType") in {"", one.kind} and (text in one.name.lower() or text in " ".join(one.elements).lower())


def _list_at(account: Account, ask: Ask) -> NetworkList:
    return found(account.security.network_lists.get(ask.match.values["networkListId"]), "The network list")


def _edited(account: Account, one: NetworkList, ask: Ask, *, add: list[str] | None = None, remove: str = "") -> Json:
    kept = [element for element in one.elements if element != remove]
    _change(account, one, kept + [element for element in add or [] if element not in kept])
    return _row(account, one, ask, whole=True)


def _change(account: Account, one: NetworkList, elements: list[str]) -> None:
    one.history[one.sync_point] = one.elements
    one.elements, one.sync_point = elements, one.sync_point + 1
    one.user, one.updated = CALLER, account.now


def _status(account: Account, one: NetworkList, network: str) -> str:
    activation = one.activations.get(network)
    if activation is None:
        return "INACTIVE"
    word = activation.work.word(account.now)
    return "MODIFIED" if word == "ACTIVE" and activation.point != one.sync_point else word


def _row(account: Account, one: NetworkList, ask: Ask, *, whole: bool = False) -> Json:
    link = f"{PATH}/{one.identifier}"
    row: Json = {
        "networkListType": "networkListResponse",
        "name": one.name,
        "uniqueId": one.identifier,
        "type": one.kind,
        "elementCount": len(one.elements),
        "syncPoint": one.sync_point,
        "readOnly": False,
        "shared": False,
        **({"description": one.description} if one.description else {}),
        "links": {
            "retrieve": {"href": link},
            "appendItems": {"href": f"{link}/append", "method": "POST"},
            "activateInStaging": {"href": f"{link}/environments/STAGING/activate", "method": "POST"},
            "activateInProduction": {"href": f"{link}/environments/PRODUCTION/activate", "method": "POST"},
        },
    }
    if whole or ask.one("includeElements", "true") == "true":
        row["list"] = one.elements
    if ask.one("extended") == "true":
        row |= _extended(account, one)
    return row


def _extended(account: Account, one: NetworkList) -> Json:
    return {
        "networkListType": "extendedNetworkListResponse",
        "createDate": stamp(one.created),
        "createdBy": one.user,
        "updateDate": stamp(one.updated),
        "updatedBy": one.user,
        "contractId": one.contract_id,
        "groupId": one.group_id,
        "stagingActivationStatus": _status(account, one, "STAGING"),
        "productionActivationStatus": _status(account, one, "PRODUCTION"),
    }


def _activation_row(account: Account, one: NetworkList, network: str) -> Json:
    activation = one.activations.get(network)
    number = {} if activation is None else {"activationId": activation.number, "activationComments": activation.comment}
    return {
        **number,
        "activationStatus": _status(account, one, network),
        "syncPoint": one.sync_point if activation is None else activation.point,
        "uniqueId": one.identifier,
        "fast": False,
        "dispatchCount": 1,
    }


ROUTES: Final = {
    ("GET", PATH): lists,
    ("POST", PATH): create,
    ("GET", f"{PATH}/{{networkListId}}"): one_list,
    ("PUT", f"{PATH}/{{networkListId}}"): replace,
    ("DELETE", f"{PATH}/{{networkListId}}"): delete,
    ("POST", f"{PATH}/{{networkListId}}/append"): append,
    ("PUT", f"{PATH}/{{networkListId}}/details"): rename,
    ("PUT", f"{PATH}/{{networkListId}}/elements"): add_element,
    ("DELETE", f"{PATH}/{{networkListId}}/elements"): remove_element,
    ("POST", f"{PATH}/{{networkListId}}/environments/{{environment}}/activate"): activate,
    ("GET", f"{PATH}/{{networkListId}}/environments/{{environment}}/status"): status,
    ("GET", f"{PATH}/{{networkListId}}/sync-points/{{syncPoint}}/history"): history,
    ("GET", "/network-list/v2/activations/{activationId}"): activation,
}
