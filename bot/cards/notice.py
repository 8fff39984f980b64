"""The card that tells admins what needs their attention, what to do next, and where."""

from typing import Final
from urllib.parse import parse_qsl

from bot.widgets import Button, Card, Link, Message, Press, Section, Text, is_link
from models.languages.translate import tr, tr_stored

PRESS: Final = "press:"
DIALOGS: Final = ("space.address", "restricted.ask", "route.ask")  # what these do opens a dialog


def notice_card(title: str, words: str, *, button: str = "", url: str = "", private_to: str = "") -> Message:
    """Return a notice; all of it is plain text. `button` and `url` have one line for each button.

    A `url` is a page, or `press:<do>?<parameters>` for a button that acts in Chat. One that a card may not
    open has no button. Only `private_to` (`users/123`) sees it, if given.
    """
    pairs = zip(button.split("\n"), url.split("\n"), strict=False)
    buttons = [
        made
        for number, (label, to) in enumerate(pairs)
        if (made := _button(tr_stored(label), to, number == 0))
    ]
    title, words = tr_stored(title), tr_stored(words)
    card = Card(title, tr("From Pipenotify"), [Section([Text(words)])], buttons, card_id="notice")
    return Message(card, fallback_text=f"{title}. {words}", private_to=private_to or None)


def _button(label: str, url: str, primary: bool) -> Button | None:
    if label and url.startswith(PRESS):
        do, _, query = url.removeprefix(PRESS).partition("?")
        return Button(label, Press(do, dict(parse_qsl(query)), dialog=do in DIALOGS), primary=primary)
    return Button(label, Link(url), primary=primary) if label and is_link(url) else None
