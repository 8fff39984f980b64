"""The card of an error: what failed, why, and what to do next."""

from collections.abc import Sequence

from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget
from models.languages.translate import tr


def error_card(
    what: str,
    why: str = "",
    next_step: str = "",
    *,
    button: Button | None = None,
    choices: Sequence[Button] = (),
) -> Message:
    """Return a card with the error as its title and the remedy below; `button` leads to the remedy.

    `choices` do what may have been meant.
    """
    rows: list[Widget] = [Text(why)] if why else []
    if next_step:
        rows.append(Fact(next_step, tr("What you can do"), Icon("lightbulb", tr("Hint"))))
    rows += [Buttons(*choices)] if choices else []
    footer = [button] if button else []
    text = ". ".join(filter(None, (what, next_step)))
    return Message(Card(what, "", [Section(rows)], footer, card_id="trouble"), fallback_text=text)
