"""The card of a change that not everybody may see: that it happened, why no more is shown, and a link.

Of Pipedrive's data it shows only the kind of object and what happened: no name, no value. It joins no thread,
because the cards above would show which object it is. The link holds only an id, and Pipedrive checks the
permissions of the person who opens it.
"""

from collections.abc import Sequence
from typing import Final

from bot.cards.event import late_row
from bot.text.changes import delay_text
from bot.widgets import Button, Buttons, Card, Fact, Icon, Link, Message, Section, Text, Widget
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES

_HAPPENED: Final = {
    "won": "was won",
    "lost": "was lost",
    "reopened": "was reopened",
    "merged": "was merged",
    "converted": "was converted to a deal",
    "done": "was done",
    "overdue": "is overdue",
    "stalled": "stands still",
    "stage_regressed": "was moved back",
    "stage_changed": "was moved",
    "assigned": "was assigned",
    "owner_changed": "got another owner",
    "value_changed": "got another value",
    "scored": "was scored",
    "created": "was added",
    "deleted": "was deleted",
}


def redacted_card(
    change: Change, why: str, *, hint: str, link: str = "", actions: Sequence[Button] = ()
) -> Message:
    """Return the message. `why`: "3 of 12 people may see it in Pipedrive"; `hint`: what an admin can do.

    `actions` are buttons that change it, after the link.
    """
    what = bare(change)
    rows: list[Widget] = [
        Fact("What it is about is withheld here", below=why, icon=Icon("visibility_off", "Withheld")),
        *late_row(change),
        Text(hint),
    ]
    buttons = [Button("Open in Pipedrive", Link(link), primary=True)] if link else []
    rows += [Buttons(*buttons, *actions)] if buttons or actions else []
    card = Card(what, "Not everybody may see it", [Section(rows)], card_id=f"{change.entity}-withheld")
    return Message(card, fallback_text=f"{what}{delay_text(change)}")


def redacted_line(change: Change) -> str:
    """Return the change in one line of a summary or of the log."""
    return f"{bare(change)}: withheld, not everybody may see it{delay_text(change)}"


def bare(change: Change) -> str:
    """Return only the kind and what happened: `A deal was won`."""
    label = ENTITIES[change.entity].label.lower()
    verbs = {each.partition(".")[2] for each in change.types}
    happened = next((text for verb, text in _HAPPENED.items() if verb in verbs), "was changed")
    return f"{'An' if label[0] in 'aeiou' else 'A'} {label} {happened}"
