"""Sections, cards and messages, and how they shrink until Chat accepts them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bot.text.format import clean, disarm, escape, plain
from bot.widgets.buttons import Button, Json, Pen, Widget
from bot.widgets.rows import Buttons, Text

MESSAGE_BYTES: Final = 32_000
_PERSON: Final = re.compile(r"users/[A-Za-z0-9_-]{1,60}")
MOST_WIDGETS: Final = 100


@dataclass(frozen=True, slots=True)
class Section:
    """Some widgets under an optional heading; `shown` of them stay visible when the section is collapsed."""

    widgets: Sequence[Widget]
    header: str = ""
    shown: int | None = None

    def draw(self, pen: Pen, room: int) -> Json:
        drawn: Json = {"widgets": [widget.draw(pen) for widget in self.widgets[:room]]}
        if self.header:
            drawn["header"] = escape(self.header, most=200, room=pen.most, lines=False)
        if self.shown is not None and self.shown < len(drawn["widgets"]):
            drawn |= {"collapsible": True, "uncollapsibleWidgetsCount": self.shown}
        return drawn


@dataclass(frozen=True, slots=True)
class Picture:
    """A round picture of ours at the head of a card: its file's name, and its text for screen readers."""

    name: str
    alt: str

    def draw(self, pen: Pen) -> Json:
        return {"imageUrl": pen.picture(self.name), "imageType": "CIRCLE", "imageAltText": plain(self.alt)}


@dataclass(frozen=True, slots=True)
class Card:
    """A titled card. `footer`: its one or two main buttons, fixed at the bottom in a dialog."""

    title: str
    subtitle: str = ""
    sections: Sequence[Section] = ()
    footer: Sequence[Button] = ()
    card_id: str = "card"
    picture: Picture | None = None

    def as_dialog(self, endpoint: str) -> Json:
        """Return the bare card for a dialog, within Chat's limits; buttons call `endpoint`."""
        return next(_first_fitting(self._draw_dialog(pen, room) for pen, room in _shrink_steps(endpoint)))

    def _draw_dialog(self, pen: Pen, room: int) -> Json:
        drawn = self._draw_body(pen, room, self.sections)
        if self.footer:
            keys = ("primaryButton", "secondaryButton")
            drawn["fixedFooter"] = {
                key: button.draw(pen) for key, button in zip(keys, self.footer, strict=False)
            }
        return drawn

    def in_message(self, pen: Pen, room: int) -> Json:
        """Return the card as part of a message, which has no fixed footer: its buttons become a last row."""
        foot = [Section([Buttons(*self.footer)])] if self.footer else []
        return self._draw_body(pen, room - len(foot), self.sections, foot)

    def _draw_body(
        self, pen: Pen, room: int, sections: Sequence[Section], foot: Sequence[Section] = ()
    ) -> Json:
        header = {"title": plain(self.title, most=200, room=pen.most) or "Untitled"}
        if subtitle := plain(self.subtitle, most=300, room=pen.most):
            header["subtitle"] = subtitle
        if self.picture:
            header |= self.picture.draw(pen)
        drawn = []
        for section in sections:
            if room > 0 and section.widgets:
                drawn.append(section.draw(pen, room))
                room -= len(section.widgets)
        drawn += [section.draw(pen, 1) for section in foot]
        return {"header": header, "sections": drawn or [Section([Text("")]).draw(pen, 1)]}


@dataclass(frozen=True, slots=True)
class Message:
    """A card to send to a space. `fallback_text` is the text of a phone's notification.

    `thread_key` groups messages about one object; one that `only_replies` begins no thread: it fails where
    there is none. `private_to` (`users/123`) hides it from everybody else; `is_silent` notifies nobody.
    `mentions` are the people (`users/123`) whom Chat notifies of it, by a line above the card.
    """

    card: Card | None
    fallback_text: str
    thread_key: str | None = None
    text: str | None = None
    private_to: str | None = None
    is_silent: bool = False
    only_replies: bool = False
    mentions: Sequence[str] = ()

    def as_chat(self, endpoint: str) -> Json:
        """Return the body for Chat's API, at most 32,000 bytes; every button calls `endpoint`."""
        return next(_first_fitting(self._draw_message(pen, room) for pen, room in _shrink_steps(endpoint)))

    def as_plain_text(self) -> Json:
        """Return the body without its card, for when Chat refuses the card."""
        text = disarm(self.text or self.fallback_text, most=4000, lines=True)
        return {"text": "\n".join(filter(None, (self._mention(), text))), **self._draw_envelope()}

    def _mention(self) -> str:
        """Return the mentions as Chat writes them; only of single people, never of all in the space."""
        people = (each for each in self.mentions if _PERSON.fullmatch(each) and each != "users/all")
        return " ".join(f"<{each}>" for each in people)

    def _draw_message(self, pen: Pen, room: int) -> Json:
        drawn = self._draw_envelope()
        if self.card:
            drawn["cardsV2"] = [{"cardId": self.card.card_id, "card": self.card.in_message(pen, room)}]
        text = disarm(self.text, most=8000, room=pen.most, lines=True) if self.text else ""
        if above := "\n".join(filter(None, (self._mention(), text))):
            drawn["text"] = above
        drawn["fallbackText"] = disarm(self.fallback_text, most=1000, room=pen.most) or "Pipenotify"
        return drawn

    def _draw_envelope(self) -> Json:
        envelope: Json = {}
        if self.thread_key:
            envelope["thread"] = {"threadKey": clean(self.thread_key)[:1000]}
        if self.private_to:
            envelope["privateMessageViewer"] = {"name": self.private_to}
        return envelope


# How far texts and rows shrink, step by step, until a message fits: (bytes a text, widgets a card).
_STEPS: Final = (
    (28_000, MOST_WIDGETS),
    (12_000, 100),
    (4000, 100),
    (1000, 100),
    (300, 60),
    (100, 30),
    (60, 8),
)


def _shrink_steps(endpoint: str) -> Iterator[tuple[Pen, int]]:
    return ((Pen(endpoint, most), room) for most, room in _STEPS)


def _first_fitting(drawn: Iterator[Json]) -> Iterator[Json]:
    """Yield the first body that fits; if none fits, the smallest."""
    body: Json = {}
    for body in drawn:
        if _fits(body):
            yield body
            return
    yield body


def _fits(body: Json) -> bool:
    """Return whether `body` fits even if a client writes every non-ASCII letter as an escape of six bytes."""
    if len(orjson.dumps(body)) * 3 <= MESSAGE_BYTES:
        return True
    return len(json.dumps(body)) <= MESSAGE_BYTES
