"""The card that confirms an action, and the dialog that asks before one."""

from collections.abc import Sequence

from bot.widgets import Button, Card, Fact, Message, Press, Section, Text, Widget


def done_card(
    what: str, detail: str = "", *, facts: Sequence[tuple[str, str]] = (), buttons: Sequence[Button] = ()
) -> Message:
    """Return a confirmation: `what` was done, `facts` are (label, text), `buttons` may come next."""
    rows: list[Widget] = [Text(detail)] if detail else []
    rows += [Fact(text, label) for label, text in facts]
    card = Card(what, "", [Section(rows)] if rows else [], buttons, card_id="done")
    return Message(card, fallback_text=what)


def confirm_dialog(title: str, what: str, *, yes: str, press: Press) -> Card:
    """Return the dialog before something that cannot be undone; `what` names everything it affects."""
    return Card(title, "", [Section([Text(what)])], [Button(yes, press, primary=True)], card_id="confirm")
