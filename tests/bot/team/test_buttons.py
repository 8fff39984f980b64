"""A button of somebody who was removed, or who is of another team, says that they are gone."""

from __future__ import annotations

from models.database.engine import Database
from tests.bot.team.test_dialogs import number_of
from tests.chat import Chat


def test_somebody_who_was_removed_meanwhile_is_said_to_be_gone(chat: Chat, database: Database) -> None:
    bob = number_of(database, "bob@bolt.test")
    for number in ("99999", "x", bob):
        assert chat.open("team.role", person=number).title == "This person is gone"
        assert chat.click("team.show", person=number).title == "This person is gone"
        assert chat.submit("team.drop", {}, person=number).title == "This person is gone"
