"""An index of rules by the keys their filters require, so that rules that cannot match cost nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from models.pipedrive.change import Change
from models.pipedrive.filters.filters import Filter
from models.pipedrive.filters.index_keys import IndexKeys, Place, hides, shown
from models.pipedrive.names import NO_NAMES, Names

T = TypeVar("T")


class RuleIndex(Generic[T]):
    """The rules for one event type of one entity, each under keys of which a change must have one.

    A rule is indexed by the condition that the fewest earlier rules share. A rule without an indexable
    condition is in `_rest`, and found for every change.
    """

    __slots__ = ("_entity", "_places", "_rest")

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self._places: dict[Place, dict[Hashable, list[T]]] = {}
        self._rest: list[T] = []

    def add(self, rule: T, conditions: Filter) -> None:
        """Index a rule by its filter; one that can match no change of the entity is left out."""
        index_keys = conditions.index_keys(self._entity, self._sharers)
        if index_keys is None:
            self._rest.append(rule)
            return
        for place, keys in index_keys:
            rules_by_key = self._places.setdefault(place, {})
            for key in keys:
                rules_by_key.setdefault(key, []).append(rule)

    def find(self, change: Change, names: Names) -> Iterator[T]:
        """Yield every rule whose filter can match a change of the entity; one may come several times."""
        yield from self._rest
        for place, rules_by_key in self._places.items():
            for key in shown(place, change, names):
                yield from rules_by_key.get(key, ())

    def may_find(self, change: Change) -> bool:
        """Return whether `find` could yield a rule once the names are known, whatever they are."""
        return bool(self._rest) or any(
            hides(place, change) or any(key in rules_by_key for key in shown(place, change, NO_NAMES))
            for place, rules_by_key in self._places.items()
        )

    def _sharers(self, index_keys: IndexKeys) -> int:
        tables = ((self._places.get(place, {}), keys) for place, keys in index_keys)
        return sum(len(rules_by_key.get(key, ())) for rules_by_key, keys in tables for key in keys)
