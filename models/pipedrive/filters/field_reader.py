"""Reads the value of a field from one side of a change, by the kind of the field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.pipedrive.declaration import Field, Kind, Markup
from models.pipedrive.filters.values import Many, Money, Named, Unknown, day, number
from models.pipedrive.names import Json, Names
from models.pipedrive.readable import (
    LONGEST_COMPARED,
    MOST_ELEMENTS,
    compared_text,
    fold_text,
    is_empty,
    read_part,
)

if TYPE_CHECKING:
    from models.pipedrive.change import Change

Side = Mapping[str, Json]
NameOf = Callable[[Json, Names], str | None]
_POINTS_AT = {"user": "user", "people": "person", "org": "organization"}  # types of custom fields


class FieldReader:
    """One field of one entity: its keys, its raw value, and the value that filters compare.

    Readers are equal if they find the same value in any change; the hint is used only by conditions.
    """

    def __init__(self, field: Field, name_of: NameOf | None = None, hint: Kind = Kind.ANY) -> None:
        self._field = field
        self.hint = hint
        self.kind = field.kind
        self.keys = frozenset(key for key in (field.where, field.beside) if key)
        self._key, self._beside = field.where, field.beside
        self._names = field.names
        self._name_of = name_of
        self._custom = field.key.startswith("custom.")
        self._convert = _CONVERT.get(field.kind, text)
        if field.markup is not Markup.NONE:
            self._convert = self._text_without_markup

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldReader) and (self._field, self._name_of) == (
            other._field,
            other._name_of,
        )

    def __hash__(self) -> int:
        return hash(self._field)

    def as_kind(self, kind: Kind) -> "FieldReader":
        """The same field, read as another kind."""
        return FieldReader(replace(self._field, kind=kind), self._name_of)

    def touched(self, change: "Change") -> bool:
        return not self.keys.isdisjoint(change.touched)

    def raw(self, side: Side, change: "Change") -> Json:
        """The value in the body, unconverted, None if it is empty; the acting user is outside the body."""
        if self._key == "who_id":
            return change.who_id
        if self._key == "who":
            return change.who_id or change.who_name
        found = side.get(self._key)
        if found is not None and is_empty(found):
            found = None
        return side.get(self._beside) if found is None and self._beside else found

    def value(self, side: Side, change: "Change", names: Names) -> Any:
        """The value by kind (see `values.py`), None if there is none, Unknown if it is unreadable."""
        if self.kind is Kind.CHOICE or self.kind is Kind.PERSON:
            return self._named(side, change, names)
        raw = self.raw(side, change)
        if self.kind is Kind.SET:
            return _many(raw, self._label, names)
        if self.kind is Kind.MONEY:
            return _money(raw, None if self._custom else side, change)
        return None if raw is None else self._convert(raw)

    def _text_without_markup(self, raw: Json) -> str | None:
        return compared_text(raw, self._field.markup) if isinstance(raw, str) else text(raw)

    def _named(self, side: Side, change: "Change", names: Names) -> Named | None:
        beside = change.who_name if self._key == "who" else side.get(self._beside) if self._beside else None
        raw = self.raw(side, change)
        if raw is None:
            return None
        if isinstance(raw, dict) and self._names:  # v1 of some entities: {"id": 7, "name": "Ada"}
            beside = beside or raw.get("name")
        return Named(_key_of(raw), beside if isinstance(beside, str) else self._label(raw, names))

    def _label(self, raw: Json, names: Names) -> str | None:
        if self._name_of is not None:
            return self._name_of(raw, names)
        key = _key_of(raw)
        return names.text(self._names, key) if self._names else key


def text(raw: Json) -> str | None:
    """The text of any value: for an object the part that people read, for a list its elements."""
    if isinstance(raw, dict):
        raw = _range(raw) if "from" in raw or "until" in raw else read_part(raw)
    if isinstance(raw, list):
        return ", ".join(filter(None, (_plain(_inner(each)) for each in raw[:MOST_ELEMENTS])))
    return _plain(raw)


def _range(raw: Mapping[str, Json]) -> str:
    ends = (raw.get("from", raw.get("value")), raw.get("until"))
    return " to ".join(filter(None, map(_plain, ends)))


def _inner(raw: Json) -> Json:
    return read_part(raw) if isinstance(raw, dict) else raw


def _plain(raw: Json) -> str | None:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw) if isinstance(raw, int | float) else None


@dataclass(frozen=True, slots=True)
class Options:
    """Names of a custom field's values: its option labels; users, people and organizations by their own."""

    labels: Mapping[str, Json]

    def __call__(self, raw: Json, names: Names) -> str | None:
        points_at = _POINTS_AT.get(str(raw.get("type"))) if isinstance(raw, dict) else None
        if points_at:
            return names.text(points_at, _key_of(raw))
        found = self.labels.get(_key_of(raw))
        return found if isinstance(found, str) else None


def kind_of(raw: Json) -> Kind | None:
    """The kind of a custom field by its value in a v2 body; None if the value does not show it."""
    if not isinstance(raw, dict):
        return None
    return _TYPES.get(str(raw.get("type")))


def _key_of(raw: Json) -> str:
    return _plain(raw.get("id", raw.get("value")) if isinstance(raw, dict) else raw) or ""


def _number(raw: Json) -> int | float | Unknown | None:
    inner = raw.get("value") if isinstance(raw, dict) else raw
    found = number(inner)
    return Unknown("it is no number") if found is None and inner is not None else found


def _day(raw: Json) -> Any:
    inner = raw.get("value", raw.get("from")) if isinstance(raw, dict) else raw
    if is_empty(inner):
        return None
    return Unknown("it is no date") if day(inner) is None else day(inner)


def _flag(raw: Json) -> bool | Unknown:
    if raw in (True, 1, "true", "1"):
        return True
    return False if raw in (False, 0, "false", "0") else Unknown("it is neither yes nor no")


def _id(raw: Json) -> str | None:
    if type(raw) is int:  # as nearly all are
        return str(raw)
    written = _key_of(raw)
    found = number(written)
    return str(int(found)) if found is not None and int(found) == found else written or None


def _money(raw: Json, side: Side | None, change: "Change") -> Money | Unknown | None:
    """Money of a custom field contains its currency; that of the object is next to it, in `side`."""
    if isinstance(raw, dict):
        amount, currency = raw.get("value", raw.get("amount")), raw.get("currency")
    else:
        amount, currency = raw, None
        if side is not None:
            currency = side["currency"] if "currency" in side else change.state.get("currency")
    if is_empty(amount):
        return None
    found = number(amount)
    if found is None:
        return Unknown("it is no amount of money")
    return Money(found, currency if isinstance(currency, str) else None)


def _many(raw: Json, label: NameOf, names: Names) -> Many:
    inner = raw.get("values") if isinstance(raw, dict) else raw
    if isinstance(inner, str):  # v1 writes sets this way
        inner = [part.strip() for part in inner[:LONGEST_COMPARED].split(",")]
    elements = inner[:MOST_ELEMENTS] if isinstance(inner, list) else [] if inner is None else [inner]
    named = [(key, label(each, names)) for each in elements if (key := _key_of(each))]
    return Many(
        names=frozenset(fold_text(name) for _, name in named if name is not None),
        keys=frozenset(key for key, _ in named),
        nameless=frozenset(key for key, name in named if name is None),
        shown=tuple(f"id {key}" if name is None else name for key, name in named),
    )


_CONVERT: dict[Kind, Callable[[Json], Any]] = {
    Kind.TEXT: text,
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.FLAG: _flag,
    Kind.ID: _id,
}
_TYPES = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "phone", "address", "time", "timerange"), Kind.TEXT),
    **dict.fromkeys(("double", "int"), Kind.NUMBER),
    **dict.fromkeys(("date", "daterange"), Kind.DATE),
    **dict.fromkeys(("user", "people", "org"), Kind.PERSON),
    "monetary": Kind.MONEY,
    "enum": Kind.CHOICE,
    "set": Kind.SET,
}
