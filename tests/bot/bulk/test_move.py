"""`rule bulk` moves rules: from the place that is named, or from all, and back by one press."""

from __future__ import annotations

from models.database.engine import Database
from models.rules.queries import destinations_of
from tests.bot.bulk.test_dialogs import tick
from tests.chat import Chat, rule_of


def test_ticked_rules_move_to_the_chosen_place_and_back(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ticked = tick(database, tenants[0], "Rule 3", "Rule 5")
    asked = chat.submit("bulk.ask", {"rules": ticked, "change": ["move"]})
    assert asked.title == "Move 2 rules?"
    assert asked.has("“Rule 3” and “Rule 5”")
    assert asked.has("where else a rule posts stays")
    assert asked.values()["from"] == ["spaces/ACME"]
    again = chat.submit(**asked.buttons()["Move"], inputs={"from": ["spaces/ACME"]})
    assert again.has("Choose where they shall post.")

    chosen = {"from": ["spaces/ACME"], "to": ["ada@acme.test"]}
    done = chat.submit(**asked.buttons()["Move"], inputs=chosen)
    assert done.title == "2 rules moved"
    assert _posts(database, tenants[0], "Rule 3") == ["ada@acme.test"]
    assert chat.click(**done.buttons()["Undo"]).title == "2 rules are as before"
    assert _posts(database, tenants[0], "Rule 3") == ["spaces/ACME"]


def test_all_places_of_a_rule_are_replaced_where_that_is_chosen(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ids = ",".join(tick(database, tenants[0], "Rule 3"))
    chosen = {"from": ["*"], "to": ["ada@acme.test"]}
    assert chat.submit("bulk.move", chosen, ids=ids).title == "1 rule moved"
    assert _posts(database, tenants[0], "Rule 3") == ["ada@acme.test"]


def _posts(database: Database, tenant_id: int, name: str) -> list[str]:
    rule = rule_of(database, tenant_id, name)
    with database.reading(tenant_id) as session:
        return [each.name for each in destinations_of(session, rule)]
