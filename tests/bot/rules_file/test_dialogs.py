"""`rule export` and `rule import` in a conversation."""

from __future__ import annotations

import pytest

from bot.rules_file.show import PART_BYTES, split_text
from models.database.engine import Database
from tests.chat import Chat, rule_of

LOSSES = "rules:\n  - {name: Losses, on: deal.lost, to: [spaces/ACME]}\n"


def test_a_document_is_checked_then_loaded(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    form = chat.open(**chat.say("rule import").buttons()["Import rules"])
    seen = chat.submit(**form.buttons()["See what changes"], inputs={"document": [LOSSES]})
    assert seen.has("+ rule &quot;Losses&quot;") or seen.has('+ rule "Losses"')
    assert rule_of(database, tenants[0], "Losses") is None

    done = chat.submit(**seen.buttons()["Load it"], inputs={"document": [LOSSES]})

    assert done.title == "2 changes imported"
    assert rule_of(database, tenants[0], "Losses").event_types == ["deal.lost"]
    assert rule_of(database, tenants[0], "Wins of Acme") is None
    assert rule_of(database, tenants[1], "Wins of Bolt") is not None


def test_what_is_wrong_is_listed_and_the_text_is_kept(chat: Chat) -> None:
    text = "rules:\n  - {name: A, on: deal.wonn, to: [spaces/X]}\nusers: []\n"
    again = chat.submit("rules.check", {"document": [text]})
    assert again.values()["document"] == [text.strip()]
    for line in ("rules[0].on", "rules[0].to[0]", "users: cannot be imported here"):
        assert again.has(line)
    assert "Load it" not in again.buttons()


def test_only_what_was_seen_is_loaded(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    seen = chat.submit("rules.check", {"document": [LOSSES]})
    changed = chat.submit(**seen.buttons()["Load it"], inputs={"document": [LOSSES.replace("lost", "won")]})
    assert (changed.how, changed.has("This is not what you saw before")) == ("dialog", True)
    assert rule_of(database, tenants[0], "Losses") is None
    assert chat.submit("rules.load", {"document": ["rules: ["]}, mark="x").how == "dialog"


@pytest.mark.parametrize("text", ["", "a\n", "x" * 30_000, "line\n" * 9_000])
def test_parts_of_a_text_are_together_the_text(text: str) -> None:
    parts = split_text(text)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= PART_BYTES or "\n" not in part.rstrip("\n") for part in parts)
