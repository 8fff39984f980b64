"""Phrases and the dialog send rules to whom the record names, for those who may."""

from __future__ import annotations

import pytest

from bot.phrases import show
from models.database.engine import Database
from models.destinations.recipients import FORMER_OWNER, OWNER
from models.rules.save import read_draft
from tests.chat import CLEO, Chat, add_sales_rep, rule_of


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("when a deal is won post it to owner", OWNER),
        ("when a deal is won send a card to “former owner”", FORMER_OWNER),
    ],
)
def test_a_phrase_sends_to_whom_the_record_names(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str, name: str
) -> None:
    understood = chat.say(words)
    assert understood.title == "I understood this", understood.card
    form = chat.open(**understood.buttons()["Open the rule"])
    assert form.values()["to"] == [name]

    saved = chat.submit("rule.save", form.values())

    rule = rule_of(database, tenants[0], saved.title.split("“")[1].split("”")[0])
    with database.reading(tenants[0]) as session:
        assert read_draft(session, rule).to == [name]
    assert chat.say(f"rule show {rule.id}").has(name)
    assert not chat.say("space list").has(name)
    assert show.EXAMPLES


def test_the_dialog_offers_people_of_the_record_to_those_who_may(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])

    offered = f"'value': '{OWNER}'"
    assert chat.open("rule.new").has(offered)
    assert not Chat(chat.deps, chat.dialect, CLEO).open("rule.new").has(offered)
