"""Reads what comes with a click: the parameters of the button and the inputs of the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.chat.json_values import Json, as_integer, as_list, as_mapping, as_text


def read_parameters(common: Json, action: Json) -> dict[str, str]:
    """Return a button's parameters; the classic dialect sends them twice, as a list and as a map."""
    pairs = [
        (as_mapping(one).get("key"), as_mapping(one).get("value"))
        for one in as_list(action.get("parameters"))
    ]
    pairs += as_mapping(common.get("parameters")).items()
    return {as_text(key): as_text(value) for key, value in pairs if as_text(key) and isinstance(value, str)}


def read_inputs(form: Any) -> dict[str, list[str]]:
    """Return the form as `{name: [value, ...]}`; an empty box is an empty list."""
    return {as_text(name): list(_read_values(as_mapping(given))) for name, given in as_mapping(form).items()}


def _read_values(given: Json) -> Iterator[str]:
    given = as_mapping(given.get("")) or given  # Apps Script's form is nested one level deeper
    strings = as_mapping(given.get("stringInputs")).get("value")
    yield from filter(None, map(as_text, as_list(strings)))
    for key in ("dateInput", "dateTimeInput"):
        at = as_integer(as_mapping(given.get(key)).get("msSinceEpoch"))
        if at is not None:
            yield str(at)
    clock = as_mapping(given.get("timeInput"))
    hours, minutes = as_integer(clock.get("hours")), as_integer(clock.get("minutes"))
    if hours is not None and minutes is not None:
        yield f"{hours:02}:{minutes:02}"
