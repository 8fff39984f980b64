"""The form that adds a destination: this space, or an incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, press
from models.languages.translate import marked, tr

THIS_SPACE: Final = "here"
WEBHOOK: Final = "webhook"
WHERE: Final = marked("In that space: Apps and integrations, Webhooks, Add webhook, copy the link")


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
    kinds = [Option(THIS_SPACE, tr("This space"), form.kind == THIS_SPACE)]
    if may_add_webhook:
        kinds.append(Option(WEBHOOK, tr("An incoming webhook of another space"), form.kind == WEBHOOK))
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section([Choice("kind", tr("Where shall cards go?"), kinds, "radio")]),
        Section(
            [
                TextInput("name", tr("Name"), form.name, hint=tr("How rules call it")),
                TextInput("url", tr("Address"), form.url, hint=tr(WHERE)),
            ]
            if may_add_webhook
            else [],
            tr("Only for an incoming webhook"),
        ),
    ]
    footer = [Button(tr("Add"), press("space.save"), primary=True)]
    return Card(
        tr("Add a destination"),
        "",
        [section for section in sections if section.widgets],
        footer,
        card_id="space-form",
    )


def draw_address_form(destination_id: int, name: str, url: str = "", problem: str = "") -> Card:
    """Return the dialog that gives an incoming webhook a new address; `problem` is shown above the field."""
    what = tr(
        "Make a new webhook in the space, and paste its link here. All rules that post to {name} stay.",
        name=name,
    )
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section([Text(what), TextInput("url", tr("New address"), url, hint=tr(WHERE))]),
    ]
    save = Button(tr("Save"), press("space.readdress", place=destination_id), primary=True)
    shown = [section for section in sections if section.widgets]
    return Card(tr("Give it a new address"), name, shown, [save], card_id="space-address")
