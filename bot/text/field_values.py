"""One field of a Pipedrive object as text: a name for an id, money in its currency, a plain day."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.text.format import LONGEST, clean, day, listed, money, number
from models.languages.translate import tr, tr_in
from models.pipedrive.declaration import Markup
from models.pipedrive.entity import Entity, Field, Kind
from models.pipedrive.names import Name, Names
from models.pipedrive.readable import is_empty, read_part, without_markup

State = Mapping[str, Any]
_CUSTOM = "custom."
_CUSTOM_IDS = {
    "user": "user",
    "people": "person",
    "person": "person",
    "org": "organization",
    "organization": "organization",
}
_NAMELESS = {"enum", "set"}  # nothing but ids of options, whose labels are not known
_CLOCKS = {"due_time", "duration"}
_NUMBERS = re.compile(r"[\d\s,]+")  # of options, as v1 writes them: `24,25`
_SECONDS = re.compile(r"^(\d\d:\d\d):\d\d")
_PERCENTAGES = {"probability"}
_MOST_LISTED = 10
_DEEPEST = 8


def field_text(field: Field, state: State, names: Names, currency: object = None) -> str:
    """Return the text of `field` in `state`, empty if it has no value, or is an id whose name is unknown.

    `currency` is used for money if the state has none.
    """
    raw = state.get(field.where)
    if is_empty(raw):
        return clean(state.get(field.beside)) if field.beside else ""
    if field.names:
        beside = state.get(field.beside) if field.beside else None
        return _many(raw, lambda one: _named(field, one, names, beside))
    if field.kind is Kind.MONEY:
        return _money(raw, state.get("currency") or currency)
    return _by_kind(field, raw)


def shown_text(field: Field, state: State, names: Names, currency: object = None) -> str:
    """Return the text of `field` on cards: as `field_text`, but empty for what people cannot read.

    That are internal fields, and choices that a body gives by the number of an option.
    """
    if field.is_internal or _is_unnamed_option(field, state.get(field.where)):
        return ""
    return field_text(field, state, names, currency)


def _is_unnamed_option(field: Field, raw: object) -> bool:
    return field.kind is Kind.CHOICE and not field.names and _is_number(raw)


def _is_number(raw: object) -> bool:
    parts = raw if isinstance(raw, list) else [raw]
    return all(_NUMBERS.fullmatch(_bare(part)) for part in parts)


def _by_kind(field: Field, raw: object) -> str:
    if field.kind is Kind.DATE:
        return day(raw) if isinstance(raw, str) else _bare(raw)
    if field.kind is Kind.CHOICE and isinstance(raw, str):
        return as_words(raw)
    if field.key in _CLOCKS:
        return _SECONDS.sub(r"\1", _bare(raw))
    if isinstance(raw, str):
        return readable_text(raw, field.markup)
    return f"{_bare(raw)}%" if field.key in _PERCENTAGES and isinstance(raw, int | float) else _bare(raw)


def _named(field: Field, raw: object, names: Names, beside: object) -> str:
    if isinstance(raw, Mapping):  # older bodies send {"id": 7, "name": "Ada"} instead of the id
        beside, raw = raw.get("name") or beside, raw.get("id", raw.get("value"))
    return clean(names.text(field.names, raw) or beside)


def as_words(key: str) -> str:
    """Return a choice that bodies name by its key as words: `call` is `Call`, `site_visit` is `Site visit`.

    Pipedrive makes the key of an activity's type from its name in just this way.
    """
    words = clean(key).replace("_", " ")
    return tr_in("choice", words[:1].upper() + words[1:])


def _money(raw: object, currency: object) -> str:
    if isinstance(raw, Mapping):
        return money(raw.get("amount", raw.get("value", raw.get("price"))), raw.get("currency") or currency)
    return money(raw, currency)


def _many(raw: object, say: Any) -> str:
    if isinstance(raw, list | tuple):
        return listed([text for text in map(say, raw) if text], most=_MOST_LISTED)
    return str(say(raw))


def _bare(raw: object, depth: int = 0) -> str:
    """Format a value by its type alone; what is nested deeper than any field of Pipedrive is left out."""
    if depth > _DEEPEST:
        return ""
    if isinstance(raw, bool):
        return tr("yes") if raw else tr("no")
    if isinstance(raw, list | tuple):
        texts = (_bare(one, depth + 1) for one in _primary_first(raw))
        return listed([text for text in texts if text], most=_MOST_LISTED)
    if isinstance(raw, Mapping):
        return _shaped(raw, depth)
    return clean(raw) if isinstance(raw, str) else number(raw)


def _primary_first(raw: Iterable[Any]) -> list[Any]:
    return sorted(raw, key=lambda one: not (isinstance(one, Mapping) and one.get("primary")))


def _shaped(raw: State, depth: int) -> str:
    """Format an object of Pipedrive: money, a range, or the part of it that people read."""
    if raw.get("currency"):
        return _money(raw, None)
    if "from" in raw or "until" in raw:
        ends = (raw.get("from", raw.get("value")), raw.get("until"))
        return f" {tr('to')} ".join(filter(None, (_bare(end, depth + 1) for end in ends)))
    return _bare(read_part(raw), depth + 1)


def readable_text(raw: str, markup: Markup) -> str:
    """Return the text that people read of a note, a description or a plain text, on one line."""
    return clean(without_markup(raw[:LONGEST], markup))


def custom_name(entity: Entity, key: str, names: Names) -> Name | None:
    """Return the name of a custom field (`custom.<hash>`), None if unknown."""
    wanted = key.removeprefix(_CUSTOM)
    return next((known for kind in entity.custom if (known := names.get((kind, wanted)))), None)


def custom_text(raw: object, name: Name | None, names: Names) -> str:
    """Return the text of a custom field; options by their label, people and organizations by their name.

    It is empty if there is no value, or if the name of an id is unknown.
    """
    if is_empty(raw):
        return ""
    options = name.more.get("options") if name else None
    if isinstance(options, Mapping):
        labels = (clean(options.get(str(one))) for one in _option_ids(raw))
        return listed([label for label in labels if label], most=_MOST_LISTED)
    if isinstance(raw, Mapping):
        kind = str(raw.get("type") or "")
        if kind in _NAMELESS:
            return ""
        if "id" in raw and (known := names.text(_CUSTOM_IDS.get(kind, kind), raw["id"])):
            return clean(known)
        if kind in _CUSTOM_IDS:
            return clean(raw.get("name"))
        if kind in ("date", "daterange"):
            raw = {
                key: day(one) if isinstance(one, str) and key != "type" else one for key, one in raw.items()
            }
    return _bare(raw)


def shown_custom_text(raw: object, name: Name | None, names: Names) -> str:
    """Return the text of a custom field on cards: as `custom_text`, but empty for what may be a bare id.

    A number without a type, of a field that nobody knows, may be that of an option.
    """
    text = custom_text(raw, name, names)
    if isinstance(raw, Mapping):
        is_id = raw.get("id") is not None and text == _bare(raw["id"])
    else:
        is_id = name is None and _is_number(raw)
    return "" if is_id else text


def _option_ids(raw: object) -> list[object]:
    if isinstance(raw, Mapping):
        raw = raw.get("values", raw.get("id", raw.get("value")))
    if isinstance(raw, str):
        return [one.strip() for one in raw.split(",")]
    many = raw if isinstance(raw, list) else [raw]
    return [one.get("id") if isinstance(one, Mapping) else one for one in many if one is not None]
