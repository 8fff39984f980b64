"""The fields of a deal that people fill in from a nudge: their inputs, and what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.card_actions.form import first, read_day
from bot.context import Context
from bot.rules.typed_values import parse_typed
from bot.text.nudges import CUSTOM, field_text
from bot.widgets import Choice, DatePicker, Option, Text, TextInput, Widget
from models.connections.names import field_names
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.pipedrive.declaration import Kind
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

MOST_LETTERS: Final = 255
_NUMBERS: Final = (Kind.MONEY, Kind.NUMBER)
_FILLED: Final = (*_NUMBERS, Kind.TEXT, Kind.DATE, Kind.CHOICE)


def field_widgets(context: Context, keys: Sequence[str]) -> list[Widget]:
    """Return an input for each field; what can be filled in only in Pipedrive is named."""
    names = field_names(context.session, context.tenant_id)
    return [_widget(context, names, place, key) for place, key in enumerate(keys)]


def read_fields(context: Context, keys: Sequence[str]) -> dict[str, Any]:
    """Return what was filled in, by field, as Pipedrive takes it. Raises InvalidRequest."""
    names, found = field_names(context.session, context.tenant_id), dict[str, Any]()
    for place, key in enumerate(keys):
        typed = first(context.interaction.inputs, _input(place))
        if typed and is_filled_here(key, names):
            found[key] = _value(context, key, typed, names)
    if not found:
        raise InvalidRequest(user_message=tr("Fill in at least one field."))
    return found


def kind_of(key: str, names: Names) -> Kind:
    """Return the kind of a field of a deal; ANY for one that is not known."""
    if key.startswith(CUSTOM):
        name = names.get(("deal_field", key.removeprefix(CUSTOM)))
        return Kind(str(name.more.get("kind", Kind.ANY))) if name is not None else Kind.ANY
    declared = next((field for field in ENTITIES["deal"].declared if field.where == key), None)
    return declared.kind if declared is not None else Kind.ANY


def is_filled_here(key: str, names: Names) -> bool:
    """Tell whether a field can be filled in here. A choice needs options, which only custom fields have."""
    kind = kind_of(key, names)
    return kind in _FILLED and (kind is not Kind.CHOICE or bool(_options(key, names)))


def _widget(context: Context, names: Names, place: int, key: str) -> Widget:
    label, kind, name = field_text(key, names), kind_of(key, names), _input(place)
    if not is_filled_here(key, names):
        return Text(tr("{field}: fill it in in Pipedrive", field=label))
    typed = first(context.interaction.inputs, name)
    if kind is Kind.DATE:
        return DatePicker(name, label)
    if kind is Kind.CHOICE:
        options = [Option(each, text, each == typed) for each, text in _options(key, names).items()]
        return Choice(name, label, options)
    return TextInput(name, label, typed, most=MOST_LETTERS)


def _value(context: Context, key: str, typed: str, names: Names) -> Any:
    kind = kind_of(key, names)
    if kind is Kind.DATE:
        day = read_day(typed)
        return day.isoformat() if day is not None else None
    if kind is Kind.CHOICE:
        if typed not in _options(key, names):
            raise InvalidRequest(user_message=tr("Choose one of these options."))
        return int(typed)
    if kind not in _NUMBERS:
        return typed[:MOST_LETTERS]
    number = parse_typed(typed, kind, context.interaction.locale)
    if type(number) not in (int, float) or not 0 < number < 1e15:
        raise InvalidRequest(user_message=tr("{field} is a number above zero.", field=field_text(key, names)))
    return number


def _options(key: str, names: Names) -> dict[str, str]:
    name = names.get(("deal_field", key.removeprefix(CUSTOM))) if key.startswith(CUSTOM) else None
    options = name.more.get("options") if name is not None else None
    return {each: text for each, text in (options or {}).items() if str(each).isdecimal()}


def _input(place: int) -> str:
    return f"field{place}"
