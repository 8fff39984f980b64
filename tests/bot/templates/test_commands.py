"""Templates in a conversation: list, new, preview on a real event, edit, delete."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Template
from tests.bot.company import Company, take_role
from tests.bot.rules.test_backtests import add_wins
from tests.chat import BOB, BOLTS, Chat

SOURCE = "Hurra, {{ deal.title }}!"


def make(chat: Chat, name: str = "Hurra", source: str = SOURCE) -> None:
    assert chat.submit("template.save", {"name": [name], "source": [source]}).has("Saved.")


def stored(database: Database) -> list[tuple[str, str]]:
    with database.reading_all() as session:
        rows = session.execute(select(Template.name, Template.source).order_by(Template.name))
        return [(name, source) for name, source in rows]


def test_a_template_is_made_with_a_preview_on_a_real_event(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_wins(database, tenants[0], ("Globex renewal", 12_000))
    asked = chat.say("template new")
    form = chat.open(**asked.buttons()["New template"])
    assert form.has("Globex renewal")

    shown = chat.submit(**form.buttons()["Preview"], inputs={"name": ["Hurra"], "source": [SOURCE]})
    assert (shown.how, shown.has("Hurra, Globex renewal!")) == ("dialog", True)
    assert shown.values() == {"name": ["Hurra"], "source": [SOURCE]}
    saved = chat.submit(**shown.buttons()["Save"], inputs=shown.values())

    assert (saved.title, saved.has("Hurra, Globex renewal!")) == ("Hurra", True)
    assert stored(database) == [("Hurra", SOURCE)]
    assert chat.say("templates").has("No rule uses it")


def test_a_name_is_found_in_any_quotes_and_composition_and_a_near_miss_has_a_button(chat: Chat) -> None:
    make(chat, "Käse & Co")
    for typed in ("„Ka\u0308se & Co“", "'käse'", "«KÄSE & CO»", "kase & co"):
        reply = chat.say(f"template show {typed}")
        if typed == "kase & co":
            assert chat.click(**reply.buttons()["Käse & Co"]).title == "Käse & Co"
        else:
            assert reply.title == "Käse & Co"


def test_another_tenants_templates_are_out_of_reach(chat: Chat, database: Database) -> None:
    make(chat)
    number = str(_id_of(database))
    bob = Chat(chat.deps, chat.dialect, BOB, BOLTS)
    assert not bob.say("templates").has("Hurra")
    for do in ("template.show", "template.delete", "template.remove", "template.edit"):
        assert bob.click(do, template=number).title == "This template is gone"
    assert len(stored(database)) == 1


def _id_of(database: Database) -> int:
    with database.reading_all() as session:
        return session.scalars(select(Template.id)).one()


@pytest.mark.parametrize(("role", "offers"), [("manager", True), ("sales_rep", False), ("viewer", False)])
def test_who_may_not_change_templates_is_offered_nothing(company: Company, role: str, offers: bool) -> None:
    take_role(company, role)
    shown = company.chat.say(f"template show #{company.own.template}")
    assert ("Edit" in shown.buttons()) is offers
    assert ("New template" in company.chat.say("templates").buttons()) is offers
