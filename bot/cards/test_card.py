"""Marks a card as a test, so that nobody mistakes it for a real event."""

from dataclasses import replace

from bot.widgets import Message


def marked_as_test(message: Message) -> Message:
    """Return the message marked as a test: in its title, its notification, and in a thread of its own."""
    card = message.card and replace(
        message.card, title=f"TEST · {message.card.title}", card_id=f"test-{message.card.card_id}"
    )
    return replace(message, card=card, fallback_text=f"TEST: {message.fallback_text}", thread_key=None)
