"""`rule export` and `rule import`: who may, and that one reads the other."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from tests.bot.company import Company, take_role
from tests.chat import Chat


def test_an_export_is_read_back_without_a_change(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.say("rule export")
    assert shown.viewer == "users/1"
    (document,) = shown.values()["document"]
    assert "Wins of Acme" in document
    assert chat.submit("rules.check", {"document": [document]}).has("Nothing: all is as the document says.")


@pytest.mark.parametrize("role", ["sales_rep", "analyst"])
def test_who_may_not_change_all_rules_is_refused(company: Company, role: str) -> None:
    take_role(company, role)
    for words in ("rule export", "rule import"):
        assert company.chat.say(words).title == "You may not do this"
