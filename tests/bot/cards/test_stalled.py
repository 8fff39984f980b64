"""The card of stalled deals fits Chat's limits, however many there are, and escapes what customers wrote."""

from __future__ import annotations

from bot.cards.stalled import StalledRow, StalledView, headline, idle_text, stalled_card, summary_of_stalled
from tests.chat import BASE_URL
from web.playground.chat.card_rules import problems

ROW = StalledRow(
    "1",
    "<b>Acme</b> & Co",
    "No change for 7 days",
    "€1,000 · Negotiation",
    "https://acme.pipedrive.com/deal/1",
)


def test_a_row_shows_its_deal_and_what_can_be_done() -> None:
    drawn = summary_of_stalled([ROW.as_json()] * 10, 12, delivery=7).as_chat(BASE_URL)
    assert problems(drawn) == []
    text = str(drawn)
    assert "12 deals are stalled" in text
    assert "&lt;b&gt;Acme&lt;/b&gt; &amp; Co" in text
    assert "stalled.ask" in text
    assert "stalled.follow" in text
    assert drawn["fallbackText"].endswith("& Co, no change for 7 days")


def test_no_stalled_deal_is_said_in_words() -> None:
    drawn = stalled_card([], StalledView(0)).as_chat(BASE_URL)
    assert problems(drawn) == []
    assert "No deal is stalled" in str(drawn)


def test_the_headline_counts() -> None:
    assert headline(StalledView(1)) == "1 deal is stalled"
    assert headline(StalledView(1000, is_cut=True)) == "More than 1,000 deals are stalled"
    assert idle_text(1) == "No change for 1 day"
