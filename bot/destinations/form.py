"""The form of a new destination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, press

THIS_SPACE: Final = "here"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True, slots=True)
class SpaceForm:
    """The filled-in form of a destination: this space, or a named incoming webhook."""

    kind: str = THIS_SPACE
    name: str = ""
    url: str = ""


def filled(inputs: Mapping[str, Sequence[str]]) -> SpaceForm:
    def first(name: str, default: str = "") -> str:
        return next(iter(inputs.get(name, ())), default)

    return SpaceForm(first("kind", THIS_SPACE), first("name").strip(), first("url").strip())


def draw(form: SpaceForm | None = None, problem: str = "") -> Card:
    """Return the dialog with what was filled in; `problem` is shown at the top."""
    form = form or SpaceForm()
    kinds = [
        Option(THIS_SPACE, "This space", form.kind == THIS_SPACE),
        Option(WEBHOOK, "An incoming webhook of another space", form.kind == WEBHOOK),
    ]
    where = "In that space: Apps and integrations, Webhooks, Add webhook, copy the link"
    sections = [
        Section([Text(problem)] if problem else [], "Please look at this again"),
        Section([Choice("kind", "Where shall cards go?", kinds, "radio")]),
        Section(
            [
                TextInput("name", "Name", form.name, hint="How rules call it"),
                TextInput("url", "Address", form.url, hint=where),
            ],
            "Only for an incoming webhook",
        ),
    ]
    footer = [Button("Add", press("space.save"), primary=True)]
    return Card(
        "Add a destination", "", [one for one in sections if one.widgets], footer, card_id="space-form"
    )
