"""The operations that change values under a path other than their own.

Each effect changes the store and returns the resource to show in the response, or an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from akamai_mcp.sandbox.routing import Key, Match
from akamai_mcp.sandbox.store import Store

Query = Mapping[str, list[str]]
Effect = Callable[[Store, Match, Any, Query], Mapping[str, Any]]
_LISTS: Final = "/network-list/v2/network-lists/{networkListId}"
_ZONES: Final = "/config-dns/v2/zones"


def _store_recordsets(store: Store, match: Match, body: Any, _: Query) -> Mapping[str, Any]:
    names = (*match.key[:-1], "names")
    if match.route.method == "PUT":
        for rest in [rest for rest, _ in store.below(names)]:
            store.delete((*names, *rest))
    for record in _objects(body, "recordsets"):
        store.put((*names, str(record.get("name")), "types", str(record.get("type"))), record)
    return {}


def _create_zones(store: Store, match: Match, body: Any, _: Query) -> Mapping[str, Any]:
    for zone in _objects(body, "zones"):
        store.put((*match.key[:-1], str(zone.get("zone"))), zone)
    return {}


def _delete_zones(store: Store, match: Match, body: Any, _: Query) -> Mapping[str, Any]:
    for zone in _members(body, "zones"):
        store.delete((*match.key[:-1], str(zone)))
    return {}


def _append_elements(store: Store, match: Match, body: Any, _: Query) -> Mapping[str, Any]:
    return _change_elements(store, match.key[:-1], add=_members(body, "list"))


def _add_element(store: Store, match: Match, _: Any, query: Query) -> Mapping[str, Any]:
    return _change_elements(store, match.key[:-1], add=query.get("element", []))


def _remove_element(store: Store, match: Match, _: Any, query: Query) -> Mapping[str, Any]:
    return _change_elements(store, match.key[:-1], remove=query.get("element", []))


def _change_elements(store: Store, key: Key, add: list[Any] | None = None, remove: list[Any] | None = None) -> Mapping[str, Any]:
    stored = store.get(key)
    if stored is None or not isinstance(stored.value, dict):
        return {}
    kept = [element for element in stored.value.get("list", []) if element not in (remove or [])]
    resource = {**stored.value, "list": kept + [element for element in add or [] if element not in kept]}
    store.put(key, resource)
    return resource


def _members(body: Any, name: str) -> list[Any]:
    members = body.get(name) if isinstance(body, dict) else None
    return members if isinstance(members, list) else []


def _objects(body: Any, name: str) -> list[dict[str, Any]]:
    return [member for member in _members(body, name) if isinstance(member, dict)]


EFFECTS: Final[Mapping[tuple[str, str], Effect]] = {
    ("POST", f"{_ZONES}/create-requests"): _create_zones,
    ("POST", f"{_ZONES}/delete-requests"): _delete_zones,
    ("POST", f"{_ZONES}/{{zone}}/recordsets"): _store_recordsets,
    ("PUT", f"{_ZONES}/{{zone}}/recordsets"): _store_recordsets,
    ("POST", f"{_LISTS}/append"): _append_elements,
    ("PUT", f"{_LISTS}/elements"): _add_element,
    ("DELETE", f"{_LISTS}/elements"): _remove_element,
}
# Collections whose items are not stored one segment below them, as (sibling segment, depth).
ELSEWHERE: Final[Mapping[str, tuple[str, int]]] = {f"{_ZONES}/{{zone}}/recordsets": ("names", 3)}
