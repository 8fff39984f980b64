"""The cards and dialogs of a document of rules."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from bot.cards.done import done_card
from bot.context import Context
from bot.widgets import Button, Buttons, Card, Message, Press, Section, Text, TextInput, Widget, press
from models.languages.translate import marked, tr, tr_plural
from models.rules_file.for_people import export_rules

PART_BYTES: Final = 9_000  # of a document on one card: Chat takes 32,000 bytes, escapes count several times
MOST_LETTERS: Final = 20_000  # of a document that is typed into a dialog
MOST_LINES: Final = 40
TOO_LONG: Final = marked(
    "This document is longer than a dialog takes. Whoever runs Pipenotify loads it: python -m models load."
)


def draw_export(context: Context, part: int = 1) -> Message:
    """Return the document of the tenant's rules, or a part of a long one, in a box to copy from."""
    parts = split_text(export_rules(context.session, context.actor))
    part = min(max(part, 1), len(parts))
    what = tr("Copy it from here. It has no secrets; rule import reads it, and python -m models load too.")
    if len(parts) > 1:
        what += " " + tr(
            "It is long: this is part {part} of {count}. Put the parts together in one file.",
            part=part,
            count=len(parts),
        )
    box = TextInput("document", tr("The rules of your team"), parts[part - 1], lines=True)
    rows: list[Widget] = [Text(what), box]
    turns = [Button(tr("Previous"), press("rules.export", page=part - 1))] if part > 1 else []
    turns += (
        [Button(tr("Next"), press("rules.export", page=part + 1), primary=True)] if part < len(parts) else []
    )
    rows += [Buttons(*turns)] if turns else []
    card = Card(tr("Export"), tr("Rules and templates"), [Section(rows)], card_id="rules-export")
    return Message(card, fallback_text=tr("The rules of your team as a document"))


def split_text(text: str) -> list[str]:
    """Split a text at the ends of lines into parts that a card takes; together they are the text."""
    parts = [""]
    for line in text.splitlines(keepends=True):
        if parts[-1] and len((parts[-1] + line).encode()) > PART_BYTES:
            parts.append("")
        parts[-1] += line
    return parts


def import_dialog(text: str = "", *, says: Sequence[str] = (), heading: str = "", mark: str = "") -> Card:
    """Return the dialog that takes a document; `says` are problems or changes, a line each.

    With `mark`, the document may be loaded as it is.
    """
    lines = list(says[:MOST_LINES])
    if len(says) > MOST_LINES:
        lines.append(tr_plural("and {count} more line", "and {count} more lines", len(says) - MOST_LINES))
    hint = tr("tenant, templates and rules. Rules and templates that it does not name are removed.")
    sections = [
        Section([Text("\n".join(lines))] if lines else [], heading),
        Section([TextInput("document", tr("The document"), text, hint, lines=True)]),
    ]
    check = Button(tr("See what changes"), press("rules.check"), primary=not mark)
    load = [Button(tr("Load it"), Press("rules.load", {"mark": mark}), primary=True)] if mark else []
    shown = [each for each in sections if each.widgets]
    return Card(tr("Import rules"), "", shown, [*load, check], card_id="rules-import")


def mark_of(text: str, lines: Sequence[str]) -> str:
    """Return a mark of a document and of what it would change, so that what is loaded is what was seen."""
    return hashlib.sha256("\n".join([text, *lines]).encode("utf-8", "replace")).hexdigest()[:16]


def loaded_card(lines: Sequence[str]) -> Message:
    changes = [line for line in lines if line[:1] in "+-~"]
    shown = "\n".join(changes[:MOST_LINES]) or tr("It was so already.")
    title = tr_plural("{count} change imported", "{count} changes imported", len(changes))
    return done_card(title, shown, buttons=[Button(tr("All rules"), press("rule.list"))])
