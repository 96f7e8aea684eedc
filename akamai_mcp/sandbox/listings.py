"""Lists that agree with the store: with what was created below their path, without what was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.effects import ELSEWHERE
from akamai_mcp.sandbox.examples.shapes import Schema, complete, count_again, get_at, id_field, list_place, put_at
from akamai_mcp.sandbox.routing import Key, Match, Router
from akamai_mcp.sandbox.store import Store, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """The lists of a router's operations over one store."""

    router: Router
    store: Store

    def is_collection(self, match: Match) -> bool:
        """True where a path may have items below it."""
        template = match.route.template
        return template in ELSEWHERE or self.router.item_template(template) is not None or any(self.store.below(match.key))

    def update(self, match: Match, schema: Schema, answer: Any) -> Any:
        """The example of a collection with its list as the store has it."""
        place = list_place(schema)
        if place is None:
            return answer
        listed = get_at(answer, place.path) or []
        if not place.fields:
            return put_at(answer, place.path, self._names(match, listed))
        members = [*self._remaining(match, listed, place.fields), *self._created(match, place.schema)]
        return answer if members == listed else count_again(put_at(answer, place.path, members), len(members))

    def _created(self, match: Match, schema: Schema) -> list[dict[str, Any]]:
        found = (stored.value for _, stored in self._items(match))
        return [complete(resource, schema, match.values) for resource in found if isinstance(resource, dict)]

    def _items(self, match: Match) -> list[tuple[Key, Stored]]:
        where, depth = ELSEWHERE.get(match.route.template, ("", 1))
        key = (*match.key[:-1], where) if where else match.key
        return [(rest, stored) for rest, stored in self.store.below(key) if len(rest) == depth]

    def _remaining(self, match: Match, listed: list[Any], fields: Mapping[str, Schema]) -> list[Any]:
        """The examples of a list; what was itself created holds only what was put into it."""
        if self.store.get(match.key[:-1]) is not None:
            return []
        template = self.router.item_template(match.route.template) or ""
        name = id_field(fields, placeholder(template.rpartition("/")[2])) or ""
        replaced = {rest[0] for rest, _ in self._items(match)}
        return [item for item in listed if not self._is_past(match.key, str(item.get(name)), replaced)]

    def _is_past(self, key: Key, identifier: str, replaced: set[str]) -> bool:
        return identifier in replaced or self.store.is_gone((*key, identifier))

    def _names(self, match: Match, listed: list[Any]) -> list[Any]:
        """For a list of names: the segments that follow in the paths of what was stored."""
        below = (rest for rest, _ in self.store.below(match.key))
        # EdgeKV keeps the items of a group one word further down (`/items/{itemId}`).
        names = {next((segment for segment in rest if segment != "items"), "") for rest in below}
        return sorted(names - {""}) or listed
