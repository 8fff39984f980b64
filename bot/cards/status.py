"""The card that says how things stand."""

from __future__ import annotations

from collections.abc import Sequence

from bot.widgets import Button, Card, Fact, Icon, Message, Section, Widget, press


def status_card(facts: Sequence[tuple[str, str]], *, trouble: str = "", reconnect: bool = False) -> Message:
    """Return the facts as (label, text) rows.

    `trouble` is what needs somebody, empty when all is well; with `reconnect` that is the connection, and
    the first button is the way on.
    """
    rows: list[Widget] = [Fact(text, label) for label, text in facts]
    if trouble:
        rows.insert(0, Fact(trouble, "Needs you", Icon("warning", "Trouble")))
    said = trouble or "All is well"
    way_on = [Button("Connect again", press("connection.show"), primary=True)] if reconnect else []
    doors = [*way_on, Button("Rules", press("rule.list")), Button("Log", press("log.show"))]
    card = Card("Status", said, [Section(rows)], doors, card_id="status")
    return Message(card, fallback_text=f"Status: {said}")
