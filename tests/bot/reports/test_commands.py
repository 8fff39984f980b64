"""A report is asked for in words or by its buttons, each team its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Delivery, Rule
from tests.chat import BOB, BOLTS, Chat


@pytest.fixture
def filled(chat: Chat, database: Database, tenants: tuple[int, int]) -> Chat:
    """Acme has three cards that arrived and one that failed."""
    with database.writing(tenants[0]) as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenants[0])).one()
        for state in ("delivered", "delivered", "delivered", "dead"):
            card = Delivery(tenant_id=tenants[0], rule_id=rule.id, rule_name="Wins", lane="spaces/ACME")
            card.destination_name, card.state, card.finished_at = "spaces/ACME", state, now()
            session.add(card)
    return chat


@pytest.mark.parametrize("words", ["report", "report 30d", "report by day today", "bericht 7d nach tag"])
def test_a_report_says_how_many_arrived_and_failed(filled: Chat, words: str) -> None:
    reply = filled.say(words)

    assert reply.has("3 of 4 arrived")
    assert reply.has("1 failed")
    assert reply.has("█")


def test_parts_have_their_names(filled: Chat) -> None:
    assert filled.say("report by rule").has("Wins")
    assert filled.say("report by space").has("Deals")
    assert filled.say("report by person").has("Last 7 days")


def test_buttons_change_the_days_and_the_grouping(filled: Chat) -> None:
    reply = filled.click("report.show", range="30d", by="space")

    assert reply.has("Last 30 days")
    assert reply.has("By space")
    assert filled.click("report.show", range="x", by="y").has("Last 7 days")


def test_another_team_sees_nothing_of_it(filled: Chat) -> None:
    reply = Chat(filled.deps, filled.dialect, BOB, BOLTS).say("report")

    assert reply.has("Nothing was sent or held back in this time.")
    assert not reply.has("█")


def test_unknown_words_are_explained(chat: Chat) -> None:
    assert chat.say("report by moon").has("Say report, report 30d")
