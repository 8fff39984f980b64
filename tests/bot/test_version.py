import re

from bot.version import VERSION
from tests.chat import Chat


def test_people_see_the_version(chat: Chat) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert chat.say("about").has(VERSION)
