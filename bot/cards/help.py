"""The card that says which commands there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.widgets import Card, Fact, Message, Section


@dataclass(frozen=True, slots=True)
class Usage:
    """One command: how to write it, what it does."""

    words: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Commands that belong together."""

    title: str
    usages: Sequence[Usage]


def help_card(topics: Sequence[Topic], *, intro: str = "", unknown: str = "") -> Message:
    """Return the commands by topic. `unknown` is what somebody typed and nobody understood."""
    said = f"I do not know “{unknown}”" if unknown else intro or "Write /pipenotify and one of these"
    sections = [
        Section([Fact(usage.words, below=usage.meaning) for usage in topic.usages], topic.title)
        for topic in topics
    ]
    return Message(Card("Pipenotify help", said, sections, card_id="help"), fallback_text=f"Help: {said}")
