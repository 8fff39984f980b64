from bot.version import VERSION
from tests.chat import Chat


def test_help_may_name_a_topic(chat: Chat) -> None:
    reply = chat.say("help rules")
    assert reply.has("Make a rule in a dialog")
    assert not reply.has("Let rules post into this space")


def test_about_names_the_version(chat: Chat) -> None:
    reply = chat.say("about")
    assert reply.has(VERSION)
    assert reply.has("https://pipenotify.example.com/privacy")


def test_a_topic_that_does_not_exist_is_said_shortly(chat: Chat) -> None:
    reply = chat.say("help snooze hours")
    assert reply.title == "There is no help on “snooze hours”"
    assert list(reply.buttons()) == ["mute", "quiet set", "rule off", "All commands"]
