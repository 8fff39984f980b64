"""The inspector: the JSON of a message or a dialog as the app sent it, and what Chat would refuse in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson

from web.playground.chat.card_prose import MESSAGE_BYTES
from web.playground.chat.card_rules import problems

Place = Literal["message", "dialog"]
MESSAGE: Final[Place] = "message"
DIALOG: Final[Place] = "dialog"
MOST_WIDGETS: Final = 100


def report(body: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return `{"place", "text", "bytes", "mostBytes", "widgets", "mostWidgets", "problems": [...]}`.

    `text` is the body as JSON for people, with nothing that Chat adds and its keys in their order; `widgets`
    are those of its largest card.
    """
    cards = [body] if place == DIALOG else [each.get("card", {}) for each in body.get("cardsV2", [])]
    return {
        "place": place,
        "text": orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(),
        "bytes": len(orjson.dumps(body)),
        "mostBytes": MESSAGE_BYTES,
        "widgets": max(map(_widgets, cards), default=0),
        "mostWidgets": MOST_WIDGETS,
        "problems": problems(body, place=place),
    }


def _widgets(card: Mapping[str, Any]) -> int:
    return sum(len(section.get("widgets", [])) for section in card.get("sections", []))
