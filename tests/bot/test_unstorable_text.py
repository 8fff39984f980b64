"""Text and numbers that no database stores are answered like any others, in whatever takes words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.context import PRESSES
from tests.chat import Chat

UNSTORABLE = ("\0", "\ud83d", "a\0b\udfffc", "9" * 40, "-9223372036854775809")
COMMANDS = ("{}", "rule {}", "rule new {}", "rule on {}", "rule delete {}", "space {}", "log {}", "deal {}")
MORE_COMMANDS = ("template {}", "quiet {}", "user {}", "help {}", "replay {}")


@pytest.mark.parametrize("word", UNSTORABLE)
def test_command_with_it_gets_a_card_and_no_error(chat: Chat, word: str) -> None:
    for command in COMMANDS + MORE_COMMANDS:
        reply = chat.say(command.format(word))
        assert reply.title
        assert "went wrong" not in str(reply)


@pytest.mark.parametrize("word", UNSTORABLE)
@pytest.mark.parametrize("do", sorted(entry.name for entry in PRESSES))
def test_button_with_it_gets_an_answer_and_no_error(chat: Chat, do: str, word: str) -> None:
    parameters = ("rule", "to", "entry", "delivery", "destination", "page", "phrase", "only", "test", "space")
    values: Any = dict.fromkeys(parameters, word)
    reply = chat.click(do, **values)
    assert "went wrong" not in str(reply)
