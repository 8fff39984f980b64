"""One field of a Pipedrive object as text: a name for an id, money in its currency, a plain day."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.text.format import clean, day, listed, money, number
from models.pipedrive.entity import Entity, Field, Kind
from models.pipedrive.names import Name, Names

State = Mapping[str, Any]
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CUSTOM = "custom."
_CUSTOM_IDS = {"people": "person", "person": "person", "org": "organization", "organization": "organization"}
_WRITTEN_IN_HTML = {"content", "note", "description", "public_description"}  # brackets are literal elsewhere
_MOST_LISTED = 10


def field_text(field: Field, state: State, names: Names, currency: object = None) -> str:
    """Return the text of `field` in `state`, empty if it has no value.

    `currency` is used for money if the state has none. Ids without a known name read `stage 5`.
    """
    raw = state.get(field.where)
    if raw in (None, "", []):
        return clean(state.get(field.beside)) if field.beside else ""
    if field.names:
        beside = state.get(field.beside) if field.beside else None
        return _many(raw, lambda one: _named(field, one, names, beside))
    if field.kind is Kind.MONEY:
        return _money(raw, state.get("currency") or currency)
    if field.kind is Kind.DATE:
        return day(raw) if isinstance(raw, str) else _bare(raw)
    return without_tags(raw) if field.key in _WRITTEN_IN_HTML and isinstance(raw, str) else _bare(raw)


def _named(field: Field, raw: object, names: Names, beside: object) -> str:
    if isinstance(raw, Mapping):  # older bodies send {"id": 7, "name": "Ada"} instead of the id
        beside, raw = raw.get("name") or beside, raw.get("id", raw.get("value"))
    known = names.text(field.names, raw)
    return clean(known or beside) or f"{field.names.replace('_', ' ')} {number(raw).replace(',', '')}"


def _money(raw: object, currency: object) -> str:
    if isinstance(raw, Mapping):
        return money(raw.get("amount", raw.get("value", raw.get("price"))), raw.get("currency") or currency)
    return money(raw, currency)


def _many(raw: object, say: Any) -> str:
    if isinstance(raw, list | tuple):
        return listed([say(one) for one in raw], most=_MOST_LISTED)
    return str(say(raw))


def _bare(raw: object) -> str:
    """Format a value by its type alone."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, list | tuple):
        return listed([text for text in map(_bare, _primary_first(raw)) if text], most=_MOST_LISTED)
    if isinstance(raw, Mapping):
        return _shaped(raw)
    return clean(raw) if isinstance(raw, str) else number(raw)


def _primary_first(raw: Iterable[Any]) -> list[Any]:
    return sorted(raw, key=lambda one: not (isinstance(one, Mapping) and one.get("primary")))


def _shaped(raw: State) -> str:
    """Format an object of Pipedrive: money, an address, a range, anything with a name or a value."""
    if raw.get("currency"):
        return _money(raw, None)
    if "from" in raw or "until" in raw:
        return " to ".join(filter(None, (_bare(raw.get("from")), _bare(raw.get("until")))))
    for key in ("formatted_address", "name", "label", "value", "values", "id"):
        if (inner := raw.get(key)) not in (None, "", []):
            return _bare(inner) if not isinstance(inner, Mapping) else ""
    return ""


def without_tags(raw: str) -> str:
    """Return the text of Pipedrive's HTML (notes, descriptions) without its tags."""
    return clean(html.unescape(_TAG.sub(" ", raw)) if "<" in raw else raw)


def custom_name(entity: Entity, key: str, names: Names) -> Name | None:
    """Return the name of a custom field (`custom.<hash>`), None if unknown."""
    wanted = key.removeprefix(_CUSTOM)
    return next((known for kind in entity.custom if (known := names.get((kind, wanted)))), None)


def custom_text(raw: object, name: Name | None, names: Names) -> str:
    """Return the text of a custom field; options by their label, people and organizations by their name."""
    if raw in (None, "", []):
        return ""
    options = name.more.get("options") if name else None
    if isinstance(options, Mapping):
        return listed([_option(one, options) for one in _option_ids(raw)], most=_MOST_LISTED)
    if isinstance(raw, Mapping):
        kind = str(raw.get("type") or "")
        if "id" in raw and (known := names.text(_CUSTOM_IDS.get(kind, kind), raw["id"])):
            return clean(known)
        if kind in ("date", "daterange"):
            raw = {
                key: day(one) if isinstance(one, str) and key != "type" else one for key, one in raw.items()
            }
    return _bare(raw)


def _option_ids(raw: object) -> list[object]:
    if isinstance(raw, Mapping):
        raw = raw.get("values", raw.get("id", raw.get("value")))
    if isinstance(raw, str):
        return [one.strip() for one in raw.split(",")]
    many = raw if isinstance(raw, list) else [raw]
    return [one.get("id") if isinstance(one, Mapping) else one for one in many if one is not None]


def _option(one: object, options: Mapping[str, Any]) -> str:
    return clean(options.get(str(one))) or clean(one)
