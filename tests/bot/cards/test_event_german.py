"""Cards in the language of whoever reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from jobs.deliveries.render import render_message
from models.connections.visibility import restriction
from tests.cards import assert_valid
from tests.changes import NAMES
from tests.engine import deal
from tests.jobs.deliveries.test_render import claimed, outgoing


def drawn(locale: str, *deliveries: Any, **more: Any) -> dict[str, Any]:
    message = replace(outgoing(*deliveries, names=NAMES, **more), language=locale)
    found: dict[str, Any] = assert_valid(render_message(message))
    return found


def test_an_event_card_is_german_in_a_german_space() -> None:
    body = deal(42, value=1234.5, currency="EUR", stage_id=2, owner_id=7)
    body["data"]["title"] = "Globex <Rahmenvertrag>"
    card = drawn("de", claimed(body))["cardsV2"][0]["card"]

    assert card["header"]["subtitle"] == "Neuer Deal · 1.234,50 €"
    assert card["header"]["imageAltText"] == "Neuer Deal"
    assert "Regel: Wins" in str(card)
    assert "Öffnen" in str(card)
    assert "Rahmenvertrag" in str(card)


@pytest.mark.parametrize("locale", ["en", "cs", ""])
def test_any_other_language_is_english(locale: str) -> None:
    card = drawn(locale, claimed(deal(42, value=1234.5, currency="EUR")))["cardsV2"][0]["card"]
    assert card["header"]["subtitle"] == "New deal · €1,234.50"


def test_what_was_changed_is_told_in_german() -> None:
    moved = deal(42, action="change", stage_id=2, value=12000) | {"previous": {"stage_id": 1, "value": 10000}}
    card = drawn("de", claimed(moved, event_type="deal.stage_changed"))["cardsV2"][0]["card"]

    assert card["header"]["subtitle"].startswith("Verschoben · ")
    assert "(+2.000\xa0€, +20\xa0%)" in json.dumps(card, ensure_ascii=False)


def test_a_summary_counts_in_german() -> None:
    message = drawn("de", claimed(deal(1)), claimed(deal(2)), more=1200)
    assert message["cardsV2"][0]["card"]["header"]["title"] == "1.202 Ereignisse in Pipedrive"
    assert "und 1.200 weitere" in str(message)
    assert "Alle ansehen" in str(message)


def test_why_something_is_withheld_is_translated_although_it_was_stored() -> None:
    why = restriction(frozenset({"1", "2"}), frozenset({"1", "2", "3", "4"}))
    card = drawn("de", claimed(deal(1), redacted_because=why))["cardsV2"][0]["card"]

    assert card["header"]["title"] == "Ein Deal wurde hinzugefügt"
    assert "2 von 4 Personen dürfen es in Pipedrive sehen" in str(card)


def test_a_notice_that_was_stored_in_english_is_german_sentence_by_sentence() -> None:
    notice = {
        "title": "Your rule “Wins. All of them” was changed",
        "words": "By Ada. Changed: its name, where it posts. Undo brings back what it was.",
        "button": "Undo\nOpen the rule",
        "url": "press:rule.undo?entry=1\npress:rule.show?rule=1",
    }
    card = drawn("de", claimed(None, notice=notice))["cardsV2"][0]["card"]

    assert card["header"]["title"] == "Deine Regel „Wins. All of them“ wurde geändert"
    assert "Von Ada. Geändert: ihr Name, wohin sie postet. Rückgängig stellt sie wieder her" in str(card)
    assert "Regel öffnen" in str(card)


def test_a_test_card_is_marked_in_every_language() -> None:
    card = drawn("de", claimed(None, is_test=True, event_type=""))["cardsV2"][0]["card"]
    assert card["header"]["title"] == "TEST · Pipenotify kann hier posten"
