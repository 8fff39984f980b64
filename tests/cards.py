"""Reads cards in tests as people read them, and checks each against Chat's rules."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from bot.widgets import MESSAGE_BYTES, Card, Message
from web.playground.chat.card_rules import problems

ENDPOINT = "https://pipenotify.example/chat/events"
_TAG = re.compile(r"<[^>]+>")
_WORDS = ("title", "subtitle", "header", "topLabel", "text", "bottomLabel", "label", "hintText")


def assert_valid(shown: Message | Card) -> dict[str, Any]:
    """Draw a message (or a dialog), check it against Chat's rules and ours, and return its JSON."""
    if isinstance(shown, Card):
        drawn, place = shown.as_dialog(ENDPOINT), "dialog"
        assert problems(drawn, place="dialog") == []
    else:
        drawn, place = shown.as_chat(ENDPOINT), "message"
        assert problems(drawn) == []
        assert drawn["fallbackText"].strip()
    assert len(json.dumps(drawn).encode()) <= MESSAGE_BYTES, place
    assert not list(_silent_icons(drawn))
    return drawn


def lines(shown: Message | Card) -> list[str]:
    """Return the texts of a card from top to bottom, without markup; a button or menu item reads `[Open]`."""
    drawn = assert_valid(shown)
    card = drawn if isinstance(shown, Card) else drawn["cardsV2"][0]["card"]
    return [said for said in _said(card) if said]


def text(shown: Message | Card) -> str:
    """Return the same as one text."""
    return "\n".join(lines(shown))


def clicks(shown: Message | Card) -> list[dict[str, str]]:
    """Return what each button, switch or choice sends us when used."""
    return [
        {each["key"]: each["value"] for each in node["parameters"]}
        for node in _nodes(assert_valid(shown))
        if "function" in node
    ]


def links(shown: Message | Card) -> list[str]:
    """Return the URLs that the card opens."""
    return [node["openLink"]["url"] for node in _nodes(assert_valid(shown)) if "openLink" in node]


def _said(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for inner in node:
            yield from _said(inner)
    if not isinstance(node, dict):
        return
    if "onClick" in node:
        yield f"[{node.get('text') or node['icon']['altText']}]"
        yield from _said(node["onClick"].get("overflowMenu", {}).get("items", []))
        return
    for key in _WORDS:
        if isinstance(node.get(key), str):
            yield html.unescape(_TAG.sub(" ", node[key].replace("<br>", "\n")))
    for inner in node.values():
        yield from _said(inner)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(inner)


def _silent_icons(drawn: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (node for node in _nodes(drawn) if "materialIcon" in node and not node.get("altText", "").strip())
