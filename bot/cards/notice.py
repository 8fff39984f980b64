"""The card that tells admins what needs their attention, what to do next, and where."""

from bot.widgets import Button, Card, Link, Message, Section, Text, is_link


def notice_card(title: str, words: str, *, button: str = "", url: str = "") -> Message:
    """Return a notice; all of it is plain text. Without a link that a card may open it has no button."""
    way = [Button(button, Link(url), primary=True)] if button and is_link(url) else []
    card = Card(title, "From Pipenotify", [Section([Text(words)])], way, card_id="notice")
    return Message(card, fallback_text=f"{title}. {words}")
