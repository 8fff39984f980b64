"""Index keys: values a change must have for a condition to hold, to look up many rules at once."""

from collections.abc import Callable, Hashable, Iterable
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from models.pipedrive.declaration import Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS, ChangeOperator
from models.pipedrive.filters.field_reader import FieldReader
from models.pipedrive.filters.operators import OPERATORS, ORDERED, WORDY, Operator, searched
from models.pipedrive.filters.values import Many, Money, Named, Unknown, calendar_day, number
from models.pipedrive.names import NO_NAMES, Json, Names
from models.pipedrive.readable import LONGEST_COMPARED, fold_text

if TYPE_CHECKING:
    from models.pipedrive.change import Change

Keys = Callable[[Any], Iterable[Hashable]]
LONGEST_END = 16  # letters of the start or end of a text that are looked up
PART_SIZES = (8, 3)  # letters of a part that is looked up; a shorter part has no key


class Relation(StrEnum):
    """How a value is to one of the keys: equal, a text that starts with it, a number from it on."""

    EQUAL = auto()
    START = auto()
    END = auto()
    PART = auto()
    PATTERN = auto()
    FROM = auto()
    TO = auto()


RANGES = frozenset((Relation.FROM, Relation.TO))  # their keys are numbers: a value reaches many of them
SEARCHED = RANGES | {Relation.PATTERN}  # a value does not say which keys it meets: all of them are asked


class KeyPlace(NamedTuple):
    """One field, read as its kind or as every kind that a body may give it, and how its value is to keys."""

    readers: tuple[FieldReader, ...]
    relation: Relation = Relation.EQUAL


class IndexKey(NamedTuple):
    """The condition holds only for changes whose value at `place` is so to one of `keys`."""

    place: KeyPlace
    keys: frozenset[Hashable]


IndexKeys = tuple[IndexKey, ...]


def index_key(op: str, reader: FieldReader, asked: Json) -> IndexKey | None:
    """The index key of a valid condition; None where no lookup finds the changes for which it holds."""
    relation, operator = _RELATIONS.get(op), _OPERATORS.get(op)
    if relation is None or operator is None or asked is None:
        return None
    if isinstance(asked, list) and None in asked:
        return None
    kinds = [kind for kind in _KINDS[relation] if reader.kind in (kind, Kind.ANY)]
    if not kinds or (op == "between" and reader.kind is Kind.ANY):  # it may hold a date, too
        return None
    readers = (reader,) if reader.kind is not Kind.ANY else tuple(reader.as_kind(kind) for kind in kinds)
    found = [_asked(relation, operator, kind, asked) for kind in kinds]
    if any(keys is None for keys in found):
        return None
    return IndexKey(KeyPlace(readers, relation), frozenset(key for keys in found for key in keys or ()))


def shown(place: KeyPlace, change: "Change", names: Names) -> list[Any]:
    """What a change shows at a place: the keys it has, or what SEARCHED look for, its number or its texts.

    An empty field shows nothing.
    """
    keys: list[Any] = []
    for reader in place.readers:
        value = reader.value(change.state, change, names)
        if value is None or value.__class__ is Unknown:
            continue
        if place.relation is Relation.EQUAL:
            keys += _KEYS[reader.kind].shown(value)
        elif place.relation in RANGES:
            keys += _numbers(value)
        elif place.relation is Relation.PATTERN:
            keys += [searched(text) for text in _texts(value)]
        else:
            keys += [key for text in _texts(value) for key in _PARTS[place.relation].shown(text)]
    return keys


def hides(place: KeyPlace, change: "Change") -> bool:
    """Whether a change may have more keys at a place once names are known."""
    return any(_is_nameless(reader.value(change.state, change, NO_NAMES)) for reader in place.readers)


def _is_nameless(value: Any) -> bool:
    if isinstance(value, Many):
        return bool(value.nameless)
    return isinstance(value, Named) and value.name is None


def _asked(
    relation: Relation, operator: Operator | ChangeOperator, kind: Kind, asked: Json
) -> list[Hashable] | None:
    """The keys with which one kind of field can meet the condition: no keys if the operand does not fit.

    None if it has no key although it may hold.
    """
    if operator.expect is None or kind not in operator.kinds:
        return []
    try:
        wanted = operator.expect(kind, asked)
    except ValueError:
        return []
    if relation is Relation.EQUAL:
        each = wanted if isinstance(wanted, list) else [wanted]
        return [key for one in each for key in _KEYS[kind].asked(one)]
    if relation in RANGES:
        limit = wanted[0] if type(wanted) is tuple else wanted  # of two the lower one
        return [limit.amount if isinstance(limit, Money) else limit]
    if relation is Relation.PATTERN:
        return [asked.encode()]
    return list(_PARTS[relation].asked(fold_text(wanted))) or None


def _numbers(value: Any) -> Iterable[int | float]:
    found = value.amount if isinstance(value, Money) else number(value)
    return () if found is None else (found,)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Many):
        return value.shown
    found = value.name if isinstance(value, Named) else value
    return () if found is None else (found,)


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


def _starts(text: str) -> Iterable[Hashable]:
    folded = fold_text(text)
    return [folded[:size] for size in range(1, min(len(folded), LONGEST_END) + 1)]


def _ends(text: str) -> Iterable[Hashable]:
    folded = fold_text(text[-LONGEST_COMPARED:])
    return [folded[-size:] for size in range(1, min(len(folded), LONGEST_END) + 1)]


def _parts(text: str) -> Iterable[Hashable]:
    folded = fold_text(text)
    return {folded[at : at + size] for size in PART_SIZES for at in range(len(folded) - size + 1)}


def _last_part(folded: str) -> Iterable[Hashable]:
    """The end of an operand: of many alike it differs most often."""
    return [folded[-size:] for size in PART_SIZES if len(folded) >= size][:1]


_OPERATORS: dict[str, Operator | ChangeOperator] = {**OPERATORS, **CHANGE_OPERATORS}
_RELATIONS: dict[str, Relation] = {
    **dict.fromkeys(("is", "in", "has_any", "has_all", "changed_to"), Relation.EQUAL),
    "starts_with": Relation.START,
    "ends_with": Relation.END,
    "contains": Relation.PART,
    "matches": Relation.PATTERN,
    **dict.fromkeys(("at_least", "more_than", "between"), Relation.FROM),
    **dict.fromkeys(("at_most", "less_than"), Relation.TO),
}
_PARTS: dict[Relation, _Both] = {
    Relation.START: _Both(_starts, lambda folded: (folded[:LONGEST_END],)),
    Relation.END: _Both(_ends, lambda folded: (folded[-LONGEST_END:],)),
    Relation.PART: _Both(_parts, _last_part),
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
_KINDS: dict[Relation, tuple[Kind, ...]] = {
    Relation.EQUAL: tuple(_KEYS),
    **dict.fromkeys((*_PARTS, Relation.PATTERN), tuple(WORDY)),
    **dict.fromkeys(RANGES, tuple(ORDERED)),
}
