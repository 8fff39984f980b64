"""The input widgets of a card: text boxes and choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal

from bot.text.format import clean, plain
from bot.widgets.buttons import Json, Pen, Press

MOST_OPTIONS: Final = 100


@dataclass(frozen=True, slots=True)
class TextInput:
    """A text box; `name` identifies it in the form and is unique in its card; `most` counts letters."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    placeholder: str = ""
    lines: bool = False
    most: int | None = None

    def draw(self, pen: Pen) -> Json:
        drawn: Json = {"name": self.name, "label": plain(self.label)}
        drawn["type"] = "MULTIPLE_LINE" if self.lines else "SINGLE_LINE"
        if self.value:  # the value comes back unchanged from Chat: cleaned, but no character replaced
            drawn["value"] = clean(self.value, lines=self.lines)[: pen.most]
        if self.hint:
            drawn["hintText"] = plain(self.hint)
        if self.placeholder:
            drawn["placeholderText"] = plain(self.placeholder)
        if self.most:
            drawn["validation"] = {"characterLimit": self.most}
        return {"textInput": drawn}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `value` comes back, `text` is shown."""

    value: str
    text: str
    selected: bool = False

    def draw(self, pen: Pen) -> Json:
        text = plain(self.text, most=100, room=pen.most) or plain(self.value) or "–"  # noqa: RUF001 - same
        return {"text": text, "value": self.value, "selected": self.selected}


@dataclass(frozen=True, slots=True)
class DatePicker:
    """A day without a time; it comes back as milliseconds since 1970, midnight UTC."""

    name: str
    label: str
    value: date | None = None

    def draw(self, _pen: Pen) -> Json:
        drawn: Json = {"name": self.name, "label": plain(self.label), "type": "DATE_ONLY"}
        if self.value:
            midnight = datetime.combine(self.value, time(), UTC)
            drawn["valueMsEpoch"] = str(int(midnight.timestamp() * 1000))
        return {"dateTimePicker": drawn}


@dataclass(frozen=True, slots=True)
class TimePicker:
    """A time of day without a date; it is given and comes back as `HH:MM`."""

    name: str
    label: str
    value: str = ""

    def draw(self, _pen: Pen) -> Json:
        drawn: Json = {"name": self.name, "label": plain(self.label), "type": "TIME_ONLY"}
        if self.value:
            at = time.fromisoformat(self.value)
            drawn["valueMsEpoch"] = str((at.hour * 60 + at.minute) * 60_000)
        return {"dateTimePicker": drawn}


_CHOICE_TYPES: Final = {
    "dropdown": "DROPDOWN",
    "radio": "RADIO_BUTTON",
    "checkboxes": "CHECK_BOX",
    "switch": "SWITCH",
    "multi": "MULTI_SELECT",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice among options (100 at most are drawn); `on_change` is called as soon as it changes.

    `search` is asked for further options as somebody types, of a "multi" alone; `most` may be chosen there,
    without it as many as there are.
    """

    name: str
    label: str
    options: Sequence[Option]
    kind: Literal["dropdown", "radio", "checkboxes", "switch", "multi"] = "dropdown"
    on_change: Press | None = None
    search: Press | None = None
    most: int | None = None

    def draw(self, pen: Pen) -> Json:
        drawn: Json = {"name": self.name, "label": plain(self.label), "type": _CHOICE_TYPES[self.kind]}
        drawn["items"] = [option.draw(pen) for option in self.options[:MOST_OPTIONS]]
        if self.kind == "multi":
            drawn["multiSelectMaxSelectedItems"] = self.most or max(1, len(drawn["items"]))
        if self.search:
            drawn["multiSelectMinQueryLength"] = 1
            drawn["externalDataSource"] = self.search.draw_action(pen)
        if self.on_change:
            drawn["onChangeAction"] = self.on_change.draw_action(pen)
        return {"selectionInput": drawn}
