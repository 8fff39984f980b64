"""The form that adds a destination: this space, or an incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, press

THIS_SPACE: Final = "here"
WEBHOOK: Final = "webhook"
WHERE: Final = "In that space: Apps and integrations, Webhooks, Add webhook, copy the link"


@dataclass(frozen=True, slots=True)
class DestinationForm:
    """The fields of the form. `name` and `url` count only where `kind` is WEBHOOK."""

    kind: str = THIS_SPACE
    name: str = ""
    url: str = ""


def read_form(inputs: Mapping[str, Sequence[str]]) -> DestinationForm:
    """Return what was filled in; a field that is missing has its default."""

    def first_value(name: str, default: str = "") -> str:
        return next(iter(inputs.get(name, ())), default)

    return DestinationForm(
        first_value("kind", THIS_SPACE), first_value("name").strip(), first_value("url").strip()
    )


def draw_form(
    form: DestinationForm | None = None, problem: str = "", *, may_add_webhook: bool = True
) -> Card:
    """Return the dialog with what was filled in; `problem` is shown above the fields."""
    form = form or DestinationForm()
    kinds = [Option(THIS_SPACE, "This space", form.kind == THIS_SPACE)]
    if may_add_webhook:
        kinds.append(Option(WEBHOOK, "An incoming webhook of another space", form.kind == WEBHOOK))
    sections = [
        Section([Text(problem)] if problem else [], "Please look at this again"),
        Section([Choice("kind", "Where shall cards go?", kinds, "radio")]),
        Section(
            [
                TextInput("name", "Name", form.name, hint="How rules call it"),
                TextInput("url", "Address", form.url, hint=WHERE),
            ]
            if may_add_webhook
            else [],
            "Only for an incoming webhook",
        ),
    ]
    footer = [Button("Add", press("space.save"), primary=True)]
    return Card(
        "Add a destination",
        "",
        [section for section in sections if section.widgets],
        footer,
        card_id="space-form",
    )


def draw_address_form(destination_id: int, name: str, url: str = "", problem: str = "") -> Card:
    """Return the dialog that gives an incoming webhook a new address; `problem` is shown above the field."""
    what = f"Make a new webhook in the space, and paste its link here. All rules that post to {name} stay."
    sections = [
        Section([Text(problem)] if problem else [], "Please look at this again"),
        Section([Text(what), TextInput("url", "New address", url, hint=WHERE)]),
    ]
    save = Button("Save", press("space.readdress", place=destination_id), primary=True)
    shown = [section for section in sections if section.widgets]
    return Card("Give it a new address", name, shown, [save], card_id="space-address")
