"""`rule bulk` in a conversation: tick, look, change, undo."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from tests.bot.company import Company, take_role
from tests.chat import Chat, rule_of


def tick(database: Database, tenant_id: int, *names: str) -> list[str]:
    return [str(rule_of(database, tenant_id, name).id) for name in names]


def test_ticked_rules_are_named_then_changed_then_undone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    form = chat.open(**chat.say("rule bulk").buttons()["Choose rules"])
    assert form.title == "Change many rules"
    assert form.has("Rule 3")
    ticked = tick(database, tenants[0], "Rule 3", "Wins of Acme")

    asked = chat.submit(**form.buttons()["Next"], inputs={"rules": ticked, "change": ["off"]})
    assert asked.title == "Switch off 2 rules?"
    assert asked.has("“Rule 3” and “Wins of Acme”")
    assert rule_of(database, tenants[0], "Rule 3").is_enabled
    done = chat.submit(**asked.buttons()["Switch off"], inputs={})

    assert done.title == "2 rules switched off"
    assert not rule_of(database, tenants[0], "Rule 3").is_enabled
    assert rule_of(database, tenants[0], "Rule 4").is_enabled
    assert chat.click(**done.buttons()["Undo"]).title == "2 rules are as before"
    assert rule_of(database, tenants[0], "Rule 3").is_enabled


def test_without_a_tick_the_rules_are_shown_again(chat: Chat) -> None:
    again = chat.submit("bulk.ask", {"change": ["off"]})
    assert (again.title, again.has("Tick at least one rule.")) == ("Change many rules", True)


def test_words_narrow_the_rules_and_ticks_stay(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ticked = tick(database, tenants[0], "Rule 7")
    found = chat.submit("bulk.search", {"find": ["RULE 7"], "rules": ticked})
    assert (found.has("Rule 7"), found.has("Rule 6")) == (True, False)
    assert found.values()["rules"] == ticked
    assert chat.submit("bulk.search", {"find": ["nothing"]}).has("There is no such rule")


def test_rules_of_others_are_neither_shown_nor_changed(company: Company) -> None:
    take_role(company, "sales_rep")
    form = company.chat.open("bulk.open")
    assert (form.has("Rule of Cleo"), form.has("Rule of Ada")) == (True, False)
    ids = f"{company.here.rule},{company.foreign.rule}"
    assert company.chat.submit("bulk.change", {}, ids=ids, change="delete").title == "0 rules deleted"


@pytest.mark.parametrize("ids", ["", "x,y", "9" * 30, "1,,2,-3"])
def test_odd_ids_change_nothing(chat: Chat, ids: str) -> None:
    assert chat.submit("bulk.change", {}, ids=ids, change="juggle").how in ("update", "message")
