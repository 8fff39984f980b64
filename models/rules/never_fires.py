"""Says why a rule can never fire: an event that nothing makes, or conditions that exclude each other.

Only what is certain is reported; a rule without a reason may still never fire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from models.languages.translate import in_sentence, tr, tr_in
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.values import number
from models.pipedrive.names import Json, Names
from models.pipedrive.readable import fold_text

Condition = dict[str, Json]

# The status of a deal whenever such an event fires.
_STATUS: Final = {"deal.won": "won", "deal.lost": "lost", "deal.reopened": "open"}
UNTOUCHED: Final = ("created", "deleted", "stalled", "overdue")  # no field has an old and a new value
_LOWER: Final = {"at_least": False, "more_than": True}  # whether the limit itself is excluded
_UPPER: Final = {"at_most": False, "less_than": True}
_EXACT: Final = ("is", "in")
_HOLDS_VALUE: Final = (*_EXACT, *_LOWER, *_UPPER, "between", "contains", "starts_with", "ends_with")


def conditions_in(tree: Json) -> Iterator[Condition]:
    """Yield every condition of a filter tree, wherever it stands."""
    if isinstance(tree, dict):
        if "field" in tree:
            yield tree
        else:
            yield from (leaf for held in tree.values() for leaf in conditions_in(held))
    elif isinstance(tree, list):
        yield from (leaf for part in tree for leaf in conditions_in(part))


def required_conditions(tree: Json) -> list[Condition]:
    """Return the conditions of a filter that all have to hold: those outside of `any` and `not`."""
    if not isinstance(tree, dict):
        return []
    if "field" in tree:
        return [tree]
    parts = tree.get("all") if "all" in tree else tree.get("any")
    if not isinstance(parts, list) or ("any" in tree and len(parts) != 1):
        return []
    return [leaf for part in parts for leaf in required_conditions(part)]


def reasons_never_to_fire(on: Sequence[str], when: Json, names: Names) -> list[str]:
    """Return why no event can fire a rule, in plain sentences; empty if one may.

    `names` are those of stages and pipelines. The filter must be one that can be parsed.
    """
    needed = required_conditions(when)
    found = [*_exclusions(needed), *_stages_elsewhere(needed, names), *_other_currencies(needed)]
    excluded = list(dict.fromkeys(found))
    if excluded:
        return excluded
    by_type = [_reason_of_type(each, needed) for each in on]
    return list(dict.fromkeys(filter(None, by_type))) if by_type and all(by_type) else []


def _reason_of_type(event_type: str, needed: Iterable[Condition]) -> str:
    """Return why this event never fires the rule, empty if it may."""
    entity, _, verb = event_type.partition(".")
    for each in needed:
        field, op = str(each.get("field")), each.get("op")
        if verb in UNTOUCHED and op in CHANGE_OPERATORS:
            label = _label(field, [entity])
            return tr(
                "“{field}” does not change with “{event}”: there is no earlier value.",
                field=label,
                event=_words(event_type),
            )
        if not field.startswith("custom.") and entity in ENTITIES and field not in ENTITIES[entity].fields:
            event = _words(event_type)
            return tr("{event} has no field “{field}”.", event=event[:1].upper() + event[1:], field=field)
        if field == "status" and event_type in _STATUS and not _may_be(each, _STATUS[event_type]):
            return tr(
                "After “{event}” the status is always {status}.",
                event=_words(event_type),
                status=_STATUS[event_type],
            )
    return ""


def _words(event_type: str) -> str:
    entity, _, verb = event_type.partition(".")
    if entity not in ENTITIES:
        return event_type
    what, event = in_sentence(ENTITIES[entity].label), tr_in("event", verb.replace("_", " "))
    return tr("{what} {event}", what=what, event=event)


def _label(field: str, entities: Iterable[str]) -> str:
    declared = (ENTITIES[key].fields.get(field) for key in entities if key in ENTITIES)
    return next((tr(each.label) for each in declared if each), field.removeprefix("custom."))


def _may_be(condition: Condition, text: str) -> bool:
    """Return whether a value of this text can satisfy a condition; True where that is not certain."""
    op, wanted = condition.get("op"), _texts(condition.get("value"))
    if op in (*_EXACT, "changed_to"):
        return text in wanted
    if op in ("is_not", "not_in"):
        return text not in wanted
    return op != "is_empty"


def _texts(value: Json) -> list[str]:
    return [fold_text(str(each)) for each in (value if isinstance(value, list) else [value])]


def _exclusions(needed: Sequence[Condition]) -> Iterator[str]:
    for one, other in combinations(needed, 2):
        if one.get("field") == other.get("field") and any(
            test(*pair) for test in _EXCLUDE for pair in ((one, other), (other, one))
        ):
            label = _label(str(one["field"]), ENTITIES)
            yield tr(
                "Two conditions on “{field}” exclude each other, so this rule would never fire.", field=label
            )


def _empty_and_full(one: Condition, other: Condition) -> bool:
    return (
        one["op"] == "is_empty"
        and other["op"] in (*_HOLDS_VALUE, "is_not_empty")
        and not (other["op"] in _EXACT and None in _list(other.get("value")))
    )


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _different_texts(one: Condition, other: Condition) -> bool:
    """`is A` and `is B` of a field with one value, or `is A` and `is not A`. An id may stand for a name."""
    if one["op"] not in _EXACT or _is_set(one) or not _only_names(one) or not _only_names(other):
        return False
    wanted, others = set(_texts(one["value"])), set(_texts(other["value"]))
    if other["op"] in _EXACT:
        return not wanted & others
    return other["op"] in ("is_not", "not_in") and wanted <= others


def _only_names(condition: Condition) -> bool:
    values = _list(condition.get("value"))
    return all(isinstance(each, str) and not each.isdecimal() for each in values)


def _is_set(condition: Condition) -> bool:
    """Whether a field may have several values; a custom field may."""
    field = str(condition["field"])
    declared = [entity.fields[field] for entity in ENTITIES.values() if field in entity.fields]
    return not declared or any(each.kind is Kind.SET for each in declared)


def _empty_range(one: Condition, other: Condition) -> bool:
    """`at least 10` and `at most 5`, both of the same currency or both of none."""
    low, high = _limit(one, _LOWER), _limit(other, _UPPER)
    if low is None or high is None or low[1] != high[1]:
        return False
    is_open = _LOWER[str(one["op"])] or _UPPER[str(other["op"])]
    return low[0] > high[0] or (low[0] == high[0] and is_open)


def _limit(condition: Condition, operators: dict[str, bool]) -> tuple[float, Json] | None:
    value = condition.get("value")
    amount, currency = (
        (value.get("amount"), value.get("currency")) if isinstance(value, dict) else (value, None)
    )
    found = number(amount) if condition["op"] in operators else None
    return None if found is None else (found, currency)


_EXCLUDE: Final[tuple[Callable[[Condition, Condition], bool], ...]] = (
    _empty_and_full,
    _different_texts,
    _empty_range,
)


def _stages_elsewhere(needed: Sequence[Condition], names: Names) -> Iterator[str]:
    """A stage and a pipeline that has no such stage."""
    wanted = [
        _texts(each["value"]) for each in needed if each["field"] == "pipeline" and each["op"] in _EXACT
    ]
    pipelines = {key: fold_text(name.text) for key, name in names.of("pipeline").items()}
    for each in needed if wanted else ():
        if each["field"] != "stage" or each["op"] not in (*_EXACT, "changed_to"):
            continue
        stages = set(_texts(each["value"]))
        found = [name for name in names.of("stage").values() if fold_text(name.text) in stages]
        homes = {pipelines.get(str(name.more.get("pipeline_id")), "") for name in found}
        if found and "" not in homes and not homes & set(wanted[0]):
            stage = _list(each["value"])[0]
            yield tr(
                "The stage “{stage}” is in another pipeline, so this rule would never fire.", stage=stage
            )


def _other_currencies(needed: Sequence[Condition]) -> Iterator[str]:
    """An amount in one currency, of an object that must have another one."""
    wanted = [
        _texts(each["value"]) for each in needed if each["field"] == "currency" and each["op"] in _EXACT
    ]
    for each in needed if wanted else ():
        amounts = _list(each.get("value")) if each["field"] == "value" else []
        named = {fold_text(str(one.get("currency"))) for one in amounts if isinstance(one, dict)}
        if named and not named & set(wanted[0]):
            yield tr("The amount and the currency exclude each other, so this rule would never fire.")
