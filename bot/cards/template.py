"""Customers' templates: Liquid over one change, which gives the text of a card."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from liquid import BoundTemplate

from bot.text.changes import custom_fields, title_of, what_happened, who_did
from bot.text.field_values import field_text
from bot.text.format import clean, cut_bytes, day, money, number
from bot.widgets import simple_html
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES, Entity, Kind
from models.pipedrive.names import Names
from models.rules.liquid.environment import (
    OUTPUT_BYTES,
    BoundedEnvironment,
    Formats,
    template_failures,
)

_VALUE_BYTES: Final = 2_000  # so that one very long field does not use up the room of the others


def _number(value: object, places: int | None) -> str:
    return number(value, places=places)


_ENVIRONMENT: Final = BoundedEnvironment(Formats(money=money, number=_number, day=day, clean=clean))


class LiquidTemplate:
    """One parsed template. Raises TemplateFailed when its source is not allowed."""

    def __init__(self, source: str) -> None:
        with template_failures():
            self._parsed: BoundTemplate = _ENVIRONMENT.parse_bounded(source)

    def render(self, change: Change, names: Names, link: str = "") -> str:
        """Return the HTML (b, i, u, s, br, a) of the card's text; a missing field is blank.

        Raises TemplateFailed when it exceeds a limit, mixes what cannot be combined, or fails otherwise.
        """
        given = variables(change, names, link)
        with template_failures():
            return simple_html(self._parsed.render(given), OUTPUT_BYTES)


@lru_cache(maxsize=256)
def template(source: str) -> LiquidTemplate:
    """Return the parsed template of a source; cached."""
    return LiquidTemplate(source)


def render(source: str, change: Change, names: Names, link: str = "") -> str:
    """Render a template's source for a change; see `LiquidTemplate.render`."""
    return template(source).render(change, names, link)


def variables(change: Change, names: Names, link: str = "") -> dict[str, Any]:
    """Return a template's variables, by root: the entity, before, change, title, what, who, link, late."""
    entity = ENTITIES[change.entity]
    when = change.happened_at.isoformat() if change.happened_at else ""
    about = {"type": change.types[-1], "types": list(change.types), "action": change.action, "when": when}
    return {
        change.entity: LiquidFields(entity, change.state, names, change.state.get("currency")),
        "before": LiquidFields(entity, change.before, names, change.state.get("currency")),
        "change": about,
        "title": title_of(change, names),
        "what": cut_bytes(what_happened(change, names), _VALUE_BYTES),
        "who": who_did(change, names),
        "link": link,
        "late": change.is_late,
    }


class Whole(int):
    """A whole amount of money that keeps its currency, for the filter `money`."""

    currency: str = ""


class Broken(float):
    """The same with cents, because Liquid calculates with int and float only."""

    currency: str = ""


class LiquidName(str):
    """A name that also answers to `.name`, as in `deal.organization.name`."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        if key == "name":
            return str(self)
        if isinstance(key, str):
            raise KeyError(key)
        return super().__getitem__(key)


class LiquidFields(Mapping[str, Any]):
    """An object's fields by name, read lazily: ids as names, numbers as numbers, the rest as text."""

    def __init__(self, entity: Entity, state: Mapping[str, Any], names: Names, currency: object) -> None:
        self._entity, self._state, self._names, self._currency = entity, state, names, currency
        self._read: dict[str, Any] = {}  # a loop may ask a thousand times for a thousand custom fields

    def __getitem__(self, key: str) -> Any:
        if key not in self._read:
            self._read[key] = self._value(key)
        return self._read[key]

    def _value(self, key: str) -> Any:
        if key == "custom":
            fields = custom_fields(self._entity, self._state, self._names)
            return {name: cut_bytes(text, _VALUE_BYTES) for name, text in fields.items()}
        field = self._entity.fields[key]
        raw = self._state.get(field.where)
        if field.kind is Kind.MONEY:
            return _amount(raw, self._state.get("currency") or self._currency)
        if isinstance(raw, bool | int | float) and not field.names:
            return raw
        if field.kind is Kind.DATE and isinstance(raw, str):
            return cut_bytes(clean(raw), _VALUE_BYTES)
        return LiquidName(
            cut_bytes(field_text(field, self._state, self._names, self._currency), _VALUE_BYTES)
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._entity.fields)

    def __len__(self) -> int:
        return len(self._entity.fields)


def _amount(raw: object, currency: object) -> Whole | Broken | None:
    try:
        bare = float(str(raw))
    except ValueError:
        return None
    if not isfinite(bare):
        return None
    made = Whole(bare) if bare.is_integer() else Broken(bare)
    made.currency = clean(currency)
    return made
