"""Index keys: values a change must have for a condition to hold, to look up many rules at once."""

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from models.pipedrive.declaration import Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS, ChangeOperator
from models.pipedrive.filters.field_reader import FieldReader
from models.pipedrive.filters.operators import OPERATORS, Operator
from models.pipedrive.filters.values import Many, Named, Unknown, calendar_day
from models.pipedrive.names import NO_NAMES, Json, Names
from models.pipedrive.readable import fold_text

if TYPE_CHECKING:
    from models.pipedrive.change import Change

Place = tuple[FieldReader, ...]  # one field, read as its kind, or as every kind that a body may give it
Keys = Callable[[Any], Iterable[Hashable]]


class IndexKey(NamedTuple):
    """The condition holds only for changes that have one of `keys` at `place`."""

    place: Place
    keys: frozenset[Hashable]


IndexKeys = tuple[IndexKey, ...]


def index_key(op: str, reader: FieldReader, asked: Json) -> IndexKey | None:
    """The index key of a valid condition; None if the operator is no equality, or the operand has null."""
    operator = _EQUALITIES.get(op)
    if operator is None or asked is None or (isinstance(asked, list) and None in asked):
        return None
    place = (reader,) if reader.kind is not Kind.ANY else tuple(reader.as_kind(kind) for kind in _KEYS)
    return IndexKey(place, frozenset(key for each in place for key in _asked(operator, each.kind, asked)))


def shown(place: Place, change: "Change", names: Names) -> list[Hashable]:
    """The keys that a change has at a place; a set has several, an empty field none."""
    keys: list[Hashable] = []
    for reader in place:
        value = reader.value(change.state, change, names)
        if value is not None and value.__class__ is not Unknown:
            keys += _KEYS[reader.kind].shown(value)
    return keys


def hides(place: Place, change: "Change") -> bool:
    """Whether a change may have more keys at a place once names are known."""
    return any(_is_nameless(reader.value(change.state, change, NO_NAMES)) for reader in place)


def _is_nameless(value: Any) -> bool:
    if isinstance(value, Many):
        return bool(value.nameless)
    return isinstance(value, Named) and value.name is None


def _asked(operator: Operator | ChangeOperator, kind: Kind, asked: Json) -> Iterable[Hashable]:
    """The keys with which one kind of field can meet the condition: none if the operand does not fit."""
    if operator.expect is None or kind not in operator.kinds:
        return ()
    try:
        wanted = operator.expect(kind, asked)
    except ValueError:
        return ()
    return [
        key for one in (wanted if isinstance(wanted, list) else [wanted]) for key in _KEYS[kind].asked(one)
    ]


class _Both(NamedTuple):
    """How a change's value and an operand become keys, so that equal ones have a key in common."""

    shown: Keys
    asked: Keys


def _itself(value: Any) -> Iterable[Hashable]:
    return (value,)


def _amount(value: Any) -> Iterable[Hashable]:
    return (value.amount,)  # in whatever currency


def _day(value: Any) -> Iterable[Hashable]:
    return (calendar_day(value),)  # a moment is equal to its whole day, too


def _name(value: Named) -> Iterable[Hashable]:
    return (value.key,) if value.name is None else (value.key, fold_text(value.name))


def _elements(value: Many) -> Iterable[Hashable]:
    return value.keys | value.names


def _want(value: Any) -> Iterable[Hashable]:
    return (value.text, value.folded)


_EQUALITIES: dict[str, Operator | ChangeOperator] = {
    **{op: OPERATORS[op] for op in ("is", "in", "has_any", "has_all")},
    "changed_to": CHANGE_OPERATORS["changed_to"],
}
_KEYS: dict[Kind, _Both] = {
    Kind.ID: _Both(_itself, _itself),
    Kind.TEXT: _Both(lambda value: (fold_text(value),), _itself),  # the operand is folded already
    Kind.NUMBER: _Both(_itself, _itself),
    Kind.FLAG: _Both(_itself, _itself),
    Kind.MONEY: _Both(_amount, _amount),
    Kind.DATE: _Both(_day, _day),
    Kind.CHOICE: _Both(_name, _want),
    Kind.PERSON: _Both(_name, _want),
    Kind.SET: _Both(_elements, _want),
}
