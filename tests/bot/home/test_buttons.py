import pytest

from tests.chat import Chat


def test_help_is_shown_on_the_card_that_has_the_button(chat: Chat) -> None:
    reply = chat.click("help.show")
    assert (reply.how, reply.title) == ("update", "Pipenotify help")


@pytest.mark.parametrize(("phrase", "title"), [("rule list", "Rules"), ("space list", "Where rules post")])
def test_a_phrase_button_says_its_phrase(chat: Chat, phrase: str, title: str) -> None:
    assert chat.click("phrase.say", phrase=phrase).title == title


@pytest.mark.parametrize("phrase", ["", "rule off wins", "space here", "space pause here"])
def test_a_phrase_button_never_changes_anything(chat: Chat, phrase: str) -> None:
    assert chat.click("phrase.say", phrase=phrase).title.startswith(("I do not know", "Pipenotify help"))
