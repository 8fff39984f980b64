"""The card of a change that not everybody may see: that it happened, why no more is shown, and a link.

Of Pipedrive's data it shows only the kind of object and what happened: no name, no value. It joins no thread,
because the cards above would show which object it is. The link holds only an id, and Pipedrive checks the
permissions of the person who opens it.
"""

from collections.abc import Sequence
from typing import Final

from bot.cards.event import late_row
from bot.text.changes import delay_text
from bot.text.entities import with_article
from bot.text.wording import capital
from bot.widgets import Button, Buttons, Card, Fact, Icon, Link, Message, Picture, Section, Text, Widget
from models.languages.translate import marked, tr
from models.pipedrive.change import Change

_HAPPENED: Final = {
    "won": marked("was won"),
    "lost": marked("was lost"),
    "reopened": marked("was reopened"),
    "merged": marked("was merged"),
    "converted": marked("was archived"),
    "done": marked("was done"),
    "overdue": marked("is overdue"),
    "stalled": marked("stands still"),
    "stage_regressed": marked("was moved back"),
    "stage_changed": marked("was moved"),
    "assigned": marked("was assigned"),
    "owner_changed": marked("got another owner"),
    "value_changed": marked("got another value"),
    "scored": marked("was scored"),
    "created": marked("was added"),
    "deleted": marked("was deleted"),
}


def redacted_card(
    change: Change, why: str, *, hint: str, link: str = "", actions: Sequence[Button] = ()
) -> Message:
    """Return the message. `why`: "3 of 12 people may see it in Pipedrive"; `hint`: what an admin can do.

    `actions` are buttons that change it, after the link.
    """
    what = bare(change)
    rows: list[Widget] = [
        Fact(tr("What it is about is withheld here"), below=why, icon=Icon("visibility_off", tr("Withheld"))),
        *late_row(change),
        Text(hint),
    ]
    buttons = [Button(tr("Open in Pipedrive"), Link(link), primary=True)] if link else []
    rows += [Buttons(*buttons, *actions)] if buttons or actions else []
    seen = tr("Not everybody may see it")
    card = Card(
        what,
        seen,
        [Section(rows)],
        card_id=f"{change.entity}-withheld",
        picture=Picture("locked", tr("Withheld")),
    )
    return Message(card, fallback_text=f"{what}{delay_text(change)}")


def redacted_line(change: Change) -> str:
    """Return the change in one line of a summary or of the log."""
    return f"{bare(change)}: {tr('withheld, not everybody may see it')}{delay_text(change)}"


def bare(change: Change) -> str:
    """Return only the kind and what happened: `A deal was won`."""
    verbs = {each.partition(".")[2] for each in change.types}
    if change.became_deal:
        return tr("{something} was converted to a deal", something=capital(with_article(change.entity)))
    happened = next((text for verb, text in _HAPPENED.items() if verb in verbs), marked("was changed"))
    return tr("{something} {happened}", something=capital(with_article(change.entity)), happened=tr(happened))
