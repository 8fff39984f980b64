"""The conditions of a rule as a sentence, with the names of fields that the form shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from models.languages.translate import marked, tr
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.filters.filters import parse
from models.pipedrive.filters.resolve import readers
from models.pipedrive.names import Json, Names
from models.pipedrive.types import entities_of

_JOINS: Final = {"all": marked("and"), "any": marked("or")}
_HASH_LENGTH: Final = 40


def condition_words(tree: Json | None, on: Sequence[str], names: Names) -> str:
    """Return a filter tree in words, empty for always. Raises InvalidFilter for one that cannot be read."""
    if tree is None:
        return ""
    parse(tree, entities_of(list(on)), names)
    return _words(tree, on, names)


def _words(node: Json, on: Sequence[str], names: Names) -> str:
    for group, join in _JOINS.items():
        if group in node:
            parts = node[group]
            texts = (_words(part, on, names) for part in parts)
            return f" {tr(join)} ".join(
                f"({text})" if _is_mixed(part) and len(parts) > 1 else text
                for part, text in zip(parts, texts, strict=True)
            )
    if "not" in node:
        return tr("not ({condition})", condition=_words(node["not"], on, names))
    words = parse(node, entities_of(list(on)), names).words()
    shown = field_label(node["field"], on, names) + words.removeprefix(node["field"])
    return (
        tr("{condition} in any currency", condition=shown) if _is_of_any_currency(node, on, names) else shown
    )


def _is_of_any_currency(node: Json, on: Sequence[str], names: Names) -> bool:
    """Return whether a condition compares an amount of money, whatever its currency is."""
    value = node.get("value")
    amounts = value if isinstance(value, list) else [value]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in amounts):
        return False
    entities = entities_of(list(on)) or tuple(ENTITIES)  # as `parse` takes unknown events
    found = readers(node["field"], entities, names).values()
    return any((each.hint if each.kind is Kind.ANY else each.kind) is Kind.MONEY for each in found)


def _is_mixed(part: Json) -> bool:
    return any(len(part[group]) > 1 for group in _JOINS if group in part)


def field_label(field: str, on: Sequence[str], names: Names) -> str:
    """Return a field as the form names it: `Expected close date`, a custom field by its name."""
    for entity in entities_of(list(on)):
        if field in ENTITIES[entity].fields:
            return tr(ENTITIES[entity].fields[field].label)
        for kind in ENTITIES[entity].custom:
            if known := names.text(kind, field.removeprefix("custom.")):
                return known
    key = field.removeprefix("custom.")
    return tr("a custom field") if len(key) == _HASH_LENGTH and key.isalnum() else key
