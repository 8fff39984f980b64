"""Reads what comes with a click: the parameters of the button and the inputs of the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.chat.json_values import Json, listed, mapping, text, whole


def read_parameters(common: Json, action: Json) -> dict[str, str]:
    """Return a button's parameters; the classic dialect sends them twice, as a list and as a map."""
    pairs = [(mapping(one).get("key"), mapping(one).get("value")) for one in listed(action.get("parameters"))]
    pairs += mapping(common.get("parameters")).items()
    return {text(key): text(value) for key, value in pairs if text(key) and isinstance(value, str)}


def read_inputs(form: Any) -> dict[str, list[str]]:
    """Return the form as `{name: [value, ...]}`; an empty box is an empty list."""
    return {text(name): list(_values(mapping(given))) for name, given in mapping(form).items()}


def _values(given: Json) -> Iterator[str]:
    given = mapping(given.get("")) or given  # Apps Script's form is nested one level deeper
    strings = mapping(given.get("stringInputs")).get("value")
    yield from filter(None, map(text, listed(strings)))
    for key in ("dateInput", "dateTimeInput"):
        at = whole(mapping(given.get(key)).get("msSinceEpoch"))
        if at is not None:
            yield str(at)
    clock = mapping(given.get("timeInput"))
    hours, minutes = whole(clock.get("hours")), whole(clock.get("minutes"))
    if hours is not None and minutes is not None:
        yield f"{hours:02}:{minutes:02}"
