"""Keep list responses consistent with the store: with created items, without deleted ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.effects import ELSEWHERE
from akamai_mcp.sandbox.examples.shapes import Schema, complete, count_again, find_list, get_at, id_field, put_at
from akamai_mcp.sandbox.routing import Key, Match, Router
from akamai_mcp.sandbox.store import Store, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """The list responses of a router's operations, for one store."""

    router: Router
    store: Store

    def is_collection(self, match: Match) -> bool:
        """True if a path can have items below it."""
        template = match.route.template
        return template in ELSEWHERE or self.router.item_template(template) is not None or any(self.store.below(match.key))

    def update(self, match: Match, schema: Schema, answer: Any) -> Any:
        """The example response of a collection, with its list updated from the store."""
        node = find_list(schema)
        if node is None:
            return answer
        listed = get_at(answer, node.path) or []
        if not node.fields:
            return put_at(answer, node.path, self._names(match, listed))
        members = [*self._remaining(match, listed, node.fields), *self._created(match, node.schema)]
        return answer if members == listed else count_again(put_at(answer, node.path, members), len(members))

    def _created(self, match: Match, schema: Schema) -> list[dict[str, Any]]:
        found = (stored.value for _, stored in self._items(match))
        return [complete(resource, schema, match.values) for resource in found if isinstance(resource, dict)]

    def _items(self, match: Match) -> list[tuple[Key, Stored]]:
        where, depth = ELSEWHERE.get(match.route.template, ("", 1))
        key = (*match.key[:-1], where) if where else match.key
        return [(rest, stored) for rest, stored in self.store.below(key) if len(rest) == depth]

    def _remaining(self, match: Match, listed: list[Any], fields: Mapping[str, Schema]) -> list[Any]:
        """The example items that were not deleted or replaced; none below a created resource, which starts empty."""
        if self.store.get(match.key[:-1]) is not None:
            return []
        template = self.router.item_template(match.route.template) or ""
        name = id_field(fields, placeholder(template.rpartition("/")[2])) or ""
        replaced = {rest[0] for rest, _ in self._items(match)}
        return [item for item in listed if not self._is_past(match.key, str(item.get(name)), replaced)]

    def _is_past(self, key: Key, identifier: str, replaced: set[str]) -> bool:
        return identifier in replaced or self.store.is_gone((*key, identifier))

    def _names(self, match: Match, listed: list[Any]) -> list[Any]:
        """The items of a list of names: the next path segments of the stored values."""
        below = (rest for rest, _ in self.store.below(match.key))
        # EdgeKV has the items of a group one segment further down (`/items/{itemId}`).
        names = {next((segment for segment in rest if segment != "items"), "") for rest in below}
        return sorted(names - {""}) or listed
