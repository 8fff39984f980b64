"""Templates in a conversation: list, new, preview on a real event, edit, delete."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Rule, Template
from tests.bot.company import Company, take_role
from tests.bot.rules.test_backtests import add_wins
from tests.chat import BOB, BOLTS, Chat, rule_of

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


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ deal.title", "line 1"),
        ("{{ dael.title }}", "unknown name "),
        ("", "The template is empty."),
    ],
)
def test_a_problem_shows_the_form_again_with_all_that_was_typed(
    chat: Chat, database: Database, source: str, says: str
) -> None:
    again = chat.submit("template.save", {"name": ["Hurra"], "source": [source] if source else []})
    assert (again.how, again.has(says)) == ("dialog", True)
    assert again.values()["name"] == ["Hurra"]
    assert stored(database) == []


def test_a_template_is_edited_and_a_change_meanwhile_is_shown(chat: Chat, database: Database) -> None:
    make(chat)
    form = chat.open(**chat.say("template edit hurra").buttons()["Edit"])
    first = chat.submit(**form.buttons()["Save"], inputs={"name": ["Hurra"], "source": ["One {{ title }}"]})
    assert first.has("Saved.")

    second = chat.submit(**form.buttons()["Save"], inputs={"name": ["Hurra"], "source": ["Two {{ title }}"]})
    assert second.has("Somebody changed this template")
    assert second.has("One {{ title }}")
    assert second.values()["source"] == ["Two {{ title }}"]
    assert chat.submit(**second.buttons()["Save"], inputs=second.values()).has("Saved.")
    assert stored(database) == [("Hurra", "Two {{ title }}")]


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


def test_a_template_deleted_meanwhile_can_be_saved_as_a_new_one(chat: Chat, database: Database) -> None:
    make(chat)
    form = chat.open(**chat.say("template show hurra").buttons()["Edit"])
    chat.click(**chat.say("template delete hurra").buttons()["Delete"])
    again = chat.submit(**form.buttons()["Save"], inputs=form.values())
    assert again.has("This template was deleted meanwhile.")
    assert chat.submit(**again.buttons()["Save"], inputs=again.values()).has("Saved.")
    assert stored(database) == [("Hurra", SOURCE)]


def test_a_name_is_found_in_any_quotes_and_composition_and_a_near_miss_has_a_button(chat: Chat) -> None:
    make(chat, "Käse & Co")
    for typed in ("„Ka\u0308se & Co“", "'käse'", "«KÄSE & CO»", "kase & co"):
        reply = chat.say(f"template show {typed}")
        if typed == "kase & co":
            assert chat.click(**reply.buttons()["Käse & Co"]).title == "Käse & Co"
        else:
            assert reply.title == "Käse & Co"


def test_fifty_templates_come_page_by_page(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        session.add_all(
            Template(tenant_id=tenants[0], name=f"Look {number:02}", source="x") for number in range(25)
        )
    first = chat.say("template list look")
    assert first.has("25 templates, page 1 of 3")
    second = chat.click(**first.buttons()["Next"])
    assert second.has("Look 10")
    assert chat.click(**second.buttons()["Previous"]).has("Look 00")


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
