from bot.version import VERSION
from tests.chat import Chat


def test_help_may_name_a_topic(chat: Chat) -> None:
    heard = chat.say("help rules")
    assert heard.has("Make a rule in a dialog")
    assert not heard.has("Let rules post into this space")


def test_about_names_the_version(chat: Chat) -> None:
    heard = chat.say("about")
    assert heard.has(VERSION)
    assert heard.has("https://pipenotify.example.com/privacy")
