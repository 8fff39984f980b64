"""An index of rules by the keys their filters require, so that rules that cannot match cost nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

import re2

from models.pipedrive.change import Change
from models.pipedrive.filters.filters import Filter
from models.pipedrive.filters.index_keys import SEARCHED, IndexKeys, KeyPlace, Relation, hides, shown
from models.pipedrive.filters.operands import PATTERN_OPTIONS
from models.pipedrive.names import NO_NAMES, Names

T = TypeVar("T")
ANYTHING: Final = b""  # the pattern that every text matches


class RuleIndex(Generic[T]):
    """The rules for one event type of one entity, each under keys of which a change must have one.

    A rule is indexed by the condition that the fewest earlier rules share. A rule without an indexable
    condition is in `_rest`, and found for every change.
    """

    __slots__ = ("_entity", "_places", "_rest", "_searches")

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self._places: dict[KeyPlace, dict[Hashable, list[T]]] = {}
        self._searches: dict[KeyPlace, _Limits[T] | _Patterns[T]] = {}
        self._rest: list[T] = []

    def add(self, rule: T, conditions: Filter) -> None:
        """Index a rule by its filter; one that can match no change of the entity is left out."""
        index_keys = conditions.index_keys(self._entity, self._sharers)
        if index_keys is None:
            self._rest.append(rule)
            return
        for place, keys in index_keys:
            if place.relation in SEARCHED:
                if place not in self._searches:
                    made = (
                        _Patterns[T]() if place.relation is Relation.PATTERN else _Limits[T](place.relation)
                    )
                    self._searches[place] = made
                self._searches[place].add(keys, rule)
                continue
            rules_by_key = self._places.setdefault(place, {})
            for key in keys:
                rules_by_key.setdefault(key, []).append(rule)

    def find(self, change: Change, names: Names) -> Iterator[T]:
        """Yield every rule whose filter can match a change of the entity; one may come several times."""
        yield from self._rest
        for place, rules_by_key in self._places.items():
            for key in shown(place, change, names):
                yield from rules_by_key.get(key, ())
        for place, search in self._searches.items():
            for value in shown(place, change, names):
                yield from search.met_by(value)

    def may_find(self, change: Change) -> bool:
        """Return whether `find` could yield a rule once the names are known, whatever they are."""
        return (
            bool(self._rest)
            or any(
                hides(place, change) or any(key in rules_by_key for key in shown(place, change, NO_NAMES))
                for place, rules_by_key in self._places.items()
            )
            or any(
                hides(place, change) or any(search.met_by(value) for value in shown(place, change, NO_NAMES))
                for place, search in self._searches.items()
            )
        )

    def _sharers(self, index_keys: IndexKeys) -> int:
        tables = ((self._places.get(place, {}), keys) for place, keys in index_keys)
        searched = sum(len(self._searches[place].rules) for place, _ in index_keys if place in self._searches)
        return searched + sum(len(rules_by_key.get(key, ())) for rules_by_key, keys in tables for key in keys)


class _Limits(Generic[T]):
    """Rules by the number that a value has to reach, in the order of these numbers."""

    __slots__ = ("_numbers", "_relation", "rules")

    def __init__(self, relation: Relation) -> None:
        self._relation = relation
        self._numbers: list[Any] = []
        self.rules: list[T] = []

    def add(self, numbers: Iterable[Any], rule: T) -> None:
        for number in numbers:
            at = bisect_right(self._numbers, number)
            self._numbers.insert(at, number)
            self.rules.insert(at, rule)

    def met_by(self, value: Any) -> list[T]:
        """Return the rules whose limit a value reaches: those up to it, or those from it on."""
        if self._relation is Relation.FROM:
            return self.rules[: bisect_right(self._numbers, value)]
        return self.rules[bisect_left(self._numbers, value) :]


class _Patterns(Generic[T]):
    """Rules by the pattern that a text has to match; all patterns are looked for in one pass."""

    __slots__ = ("_patterns", "_set", "rules")

    def __init__(self) -> None:
        self._patterns: list[bytes] = []
        self._set: Any = None  # built when the first text comes, since it cannot grow
        self.rules: list[T] = []

    def add(self, patterns: Iterable[Any], rule: T) -> None:
        for pattern in patterns:
            self._patterns.append(pattern)
            self.rules.append(rule)
        self._set = None

    def met_by(self, text: bytes) -> list[T]:
        """Return the rules with a pattern that a text matches.

        Every rule is returned, and its filter decides, where the patterns together need more memory than RE2
        may use. While it searches, RE2 then finds nothing and does not say so: ANYTHING is missing, too.
        """
        if self._set is None:
            self._set = _pattern_set(self._patterns)
        found = self._set.Match(text) if self._set else ()
        if len(self.rules) not in found:
            return self.rules
        return [self.rules[number] for number in found if number < len(self.rules)]


def _pattern_set(patterns: Iterable[bytes]) -> Any:
    """Return a set of these patterns and ANYTHING as the last; False if they are too large for one."""
    made = re2.Set.SearchSet(PATTERN_OPTIONS)
    for pattern in (*patterns, ANYTHING):
        made.Add(pattern)
    try:
        made.Compile()
    except re2.error:
        return False
    return made
