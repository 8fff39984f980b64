"""The dialog of a template: nothing typed is lost."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from tests.bot.templates.test_commands import SOURCE, make, stored
from tests.chat import Chat


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ deal.title", "line 1"),
        ("{{ dael.title }}", "(line 1 of the template)."),
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


def test_a_template_deleted_meanwhile_can_be_saved_as_a_new_one(chat: Chat, database: Database) -> None:
    make(chat)
    form = chat.open(**chat.say("template show hurra").buttons()["Edit"])
    chat.click(**chat.say("template delete hurra").buttons()["Delete"])
    again = chat.submit(**form.buttons()["Save"], inputs=form.values())
    assert again.has("This template was deleted meanwhile.")
    assert chat.submit(**again.buttons()["Save"], inputs=again.values()).has("Saved.")
    assert stored(database) == [("Hurra", SOURCE)]
