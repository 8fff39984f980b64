"""The buttons on cards of templates."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Rule, Template
from tests.bot.templates.test_commands import SOURCE, make, stored
from tests.chat import Chat, rule_of


def test_deleting_names_the_rules_that_use_it_and_they_keep_their_look(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    make(chat)
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        row = session.get_one(Rule, (tenants[0], rule.id))
        row.look, row.template_id = "custom", session.scalars(select(Template.id)).one()
    asked = chat.say("template delete hurra")
    assert asked.has("Used by 1 rule: Wins of Acme. They keep this text as their own")
    assert len(stored(database)) == 1

    done = chat.click(**asked.buttons()["Delete"])

    assert (done.title, stored(database)) == ("Template “Hurra” deleted", [])
    assert chat.click(**asked.buttons()["Delete"]).title == "This template is gone"
    assert rule_of(database, tenants[0]).liquid == SOURCE
