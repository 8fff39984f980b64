"""Reads a drawn message back, for places that cannot show cards: its title, its rows, its links.

Buttons that call us are left out; those that open a page become links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets.buttons import Json
from bot.widgets.message import Message

_BREAK: Final = re.compile(r"<br\s*/?>")
_LINK: Final = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class ReadableRow:
    """A row of a card. `markup` is harmless HTML; the rest is plain text, and empty where there is none."""

    markup: str
    label: str = ""
    below: str = ""
    url: str = ""
    is_heading: bool = False

    @property
    def text(self) -> str:
        """Return the row without its markup; a link is followed by its address."""
        return plain_text(self.markup)


@dataclass(frozen=True, slots=True)
class Readable:
    """A message as text: `links` are its buttons that open a page, each by its label and its URL."""

    title: str
    subtitle: str
    rows: Sequence[ReadableRow]
    links: Sequence[tuple[str, str]]


def read_message(message: Message, endpoint: str) -> Readable:
    """Return what a message says, cut to what Chat would show of it."""
    drawn = message.as_chat(endpoint)
    above = [ReadableRow(html.escape(message.text).replace("\n", "<br>"))] if message.text else []
    cards = drawn.get("cardsV2")
    if not cards:
        return Readable(str(drawn["fallbackText"]), "", above, ())
    card = cards[0]["card"]
    widgets = [each for section in card["sections"] for each in _with_heading(section)]
    rows = [row for widget in widgets for row in _rows(widget)]
    links = [link for widget in widgets for link in _links(widget)]
    header = card["header"]
    return Readable(header["title"], header.get("subtitle", ""), [*above, *rows], list(dict.fromkeys(links)))


def plain_text(markup: str) -> str:
    """Return Chat's HTML as plain text."""
    text = _LINK.sub(lambda link: _written_out(link[1], link[2]), _BREAK.sub("\n", markup))
    return html.unescape(_TAG.sub("", text))


def _written_out(url: str, label: str) -> str:
    return url if label == url else f"{label} ({url})"


def _with_heading(section: Json) -> Iterator[Json]:
    if section.get("header"):
        yield {"heading": section["header"]}
    yield from section["widgets"]


def _rows(widget: Json) -> Iterator[ReadableRow]:
    if "heading" in widget:
        yield ReadableRow(widget["heading"], is_heading=True)
    elif "textParagraph" in widget:
        yield ReadableRow(widget["textParagraph"]["text"])
    elif "decoratedText" in widget:
        fact = widget["decoratedText"]
        url = fact.get("onClick", {}).get("openLink", {}).get("url", "")
        yield ReadableRow(fact["text"], fact.get("topLabel", ""), fact.get("bottomLabel", ""), url)
    elif "columns" in widget:
        for column in widget["columns"]["columnItems"]:
            for inner in column["widgets"]:
                yield from _rows(inner)


def _links(widget: Json) -> Iterator[tuple[str, str]]:
    buttons = widget.get("buttonList", {}).get("buttons", ())
    for button in (*buttons, widget.get("decoratedText", {}).get("button", {})):
        if url := button.get("onClick", {}).get("openLink", {}).get("url"):
            yield button.get("text") or url, url
