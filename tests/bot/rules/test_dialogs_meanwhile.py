"""Two people and one rule: the later Save overwrites nothing unseen, and nothing that was typed is lost."""

from typing import Any

from sqlalchemy import update

from models.database.engine import Database
from models.tables import Role, User
from tests.bot.rules.test_dialogs import WINS
from tests.chat import ADA, CLEO, Chat, add_sales_rep, rule_of


def test_the_later_save_needs_notice_what_changed_meanwhile_and_keeps_its_input(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    with database.writing_all() as session:
        session.execute(update(User).where(User.email == CLEO["email"]).values(role=Role.MANAGER))
    chat.submit("rule.save", WINS)
    rule = str(rule_of(database, tenants[0], "Big wins").id)
    mine = chat.open("rule.edit", rule=rule)
    chat.user = CLEO
    theirs = chat.open("rule.edit", rule=rule)
    chat.submit(**theirs.buttons()["Save"], inputs={**theirs.values(), "value1": ["50000"]})
    chat.user = ADA
    typed = {**mine.values(), "value2": ["EUR"]}
    told = chat.submit(**mine.buttons()["Save"], inputs=typed)
    assert told.how == "dialog"
    assert told.has("cleo@acme.test changed this rule while you edited it")
    assert told.has("Theirs, as it is now: When a deal is won, and only if Value is at least 50,000")
    assert told.has(
        "Yours, kept below and not saved yet: When a deal is won, and only if Value is at least 10,000"
    )
    assert not told.has("Post to “Deals”")
    assert {key: value for key, value in told.values().items() if value} == {
        key: value for key, value in typed.items() if value
    }
    stored: Any = rule_of(database, tenants[0], "Big wins")
    assert stored.conditions["all"][0]["value"] == 50000
    assert chat.submit(**told.buttons()["Save"], inputs=told.values()).how == "update"
    stored = rule_of(database, tenants[0], "Big wins")
    assert stored.conditions["all"][0]["value"] == 10000


def test_switching_a_rule_off_meanwhile_is_no_conflict(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    form = chat.open("rule.edit", rule=str(rule_of(database, tenants[0]).id))
    chat.say("rule off wins")
    assert chat.submit(**form.buttons()["Save"], inputs={**form.values(), "urgent": ["yes"]}).how == "update"
    stored = rule_of(database, tenants[0])
    assert (stored.is_enabled, stored.is_urgent) == (False, True)


def test_a_dialog_of_an_older_version_still_saves(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    form = chat.open("rule.edit", rule=str(rule.id))
    assert chat.submit("rule.save", {**form.values(), "urgent": ["yes"]}, rule=str(rule.id)).how == "update"
    assert rule_of(database, tenants[0]).is_urgent


def test_a_rule_deleted_while_it_is_edited_can_be_saved_as_a_new_one(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = str(rule_of(database, tenants[0]).id)
    form = chat.open("rule.edit", rule=rule)
    chat.submit("rule.remove", {}, rule=rule)
    typed = {**form.values(), "field1": ["value"], "op1": ["at_least"], "value1": ["7000"]}
    told = chat.submit(**form.buttons()["Save"], inputs=typed)
    assert (told.how, told.title) == ("dialog", "New rule")
    assert told.has("“Wins of Acme” was deleted by ada@acme.test")
    assert told.values()["value1"] == ["7000"]
    assert chat.submit(**told.buttons()["Save"], inputs=told.values()).title == "Rule “Wins of Acme” saved"
    stored: Any = rule_of(database, tenants[0], "Wins of Acme")
    assert stored.conditions == {"field": "value", "op": "at_least", "value": 7000}


def test_a_deleted_rule_is_saved_anew_with_what_its_dialog_did_not_show(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    group = {"not": {"any": [{"field": "title", "op": "changed"}, {"field": "value", "op": "changed"}]}}
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        stored = session.merge(rule)
        stored.conditions, stored.look, stored.liquid = group, "custom", "{{ deal.title }}"
    form = chat.open("rule.edit", rule=str(rule.id))
    chat.submit("rule.remove", {}, rule=str(rule.id))
    told = chat.submit(**form.buttons()["Save"], inputs=form.values())
    assert told.has("was deleted by ada@acme.test")
    drawn = chat.submit(**told.buttons()["field1"], inputs={**told.values(), "field1": ["value"]})
    filled = {**drawn.values(), "value1": ["7000"]}
    assert chat.submit(**drawn.buttons()["Save"], inputs=filled).how == "update"
    anew: Any = rule_of(database, tenants[0], "Wins of Acme")
    assert anew.conditions == {"all": [{"field": "value", "op": "at_least", "value": 7000}, group]}
    assert anew.liquid == "{{ deal.title }}"


def test_a_deleted_rule_of_somebody_else_is_not_read_by_a_rep(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        session.merge(rule).conditions = {"not": {"all": [{"field": "title", "op": "is", "value": "Secret"}]}}
    chat.submit("rule.remove", {}, rule=str(rule.id))
    assert chat.submit("rule.form", {}, gone=str(rule.id)).has("Secret")
    chat.user = CLEO
    assert not chat.submit("rule.form", {}, gone=str(rule.id)).has("Secret")
