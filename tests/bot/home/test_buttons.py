import html

import pytest

from models.database.engine import Database
from tests.chat import Chat, audit_of


def test_help_is_shown_on_the_card_that_has_the_button(chat: Chat) -> None:
    reply = chat.click("help.show")
    assert (reply.how, reply.title) == ("update", "Pipenotify help")


@pytest.mark.parametrize(("phrase", "title"), [("rule list", "Rules"), ("space list", "Where rules post")])
def test_a_phrase_button_says_its_phrase(chat: Chat, phrase: str, title: str) -> None:
    assert chat.click("phrase.say", phrase=phrase).title == title


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("rule off wins", "Write /pipenotify rule off <number or name>"),
        ("space here", "Write /pipenotify space here"),
        ("space pause here", "Write /pipenotify space pause <number, name or here>"),
    ],
)
def test_a_phrase_button_never_changes_anything_and_says_how_it_is_written(
    chat: Chat, database: Database, tenants: tuple[int, int], phrase: str, says: str
) -> None:
    reply = chat.click("phrase.say", phrase=phrase)
    assert html.unescape(str(reply.card)).find(says) > 0
    assert audit_of(database, tenants[0]) == []


def test_an_empty_phrase_is_answered(chat: Chat) -> None:
    assert chat.click("phrase.say", phrase="").title.startswith("I do not know")
