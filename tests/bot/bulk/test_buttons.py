"""Undo brings back what `rule bulk` has changed."""

from __future__ import annotations

from models.database.engine import Database
from tests.bot.bulk.test_dialogs import tick
from tests.chat import Chat, rule_of


def test_deleted_rules_come_back_by_one_press(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ticked = tick(database, tenants[0], "Rule 1", "Rule 2")
    asked = chat.submit("bulk.ask", {"rules": ticked, "change": ["delete"]})
    assert asked.has("Cards that they have sent stay.")
    done = chat.submit(**asked.buttons()["Delete"], inputs={})
    assert rule_of(database, tenants[0], "Rule 1") is None
    chat.click(**done.buttons()["Undo"])
    assert rule_of(database, tenants[0], "Rule 1").is_enabled
