"""What a phrase may name: this space, the person, and names of this tenant."""

from __future__ import annotations

from bot.phrases.show import EXAMPLES
from tests.chat import NEW, Chat


def test_every_example_is_understood_as_far_as_this_pipedrive_has_its_names(chat: Chat) -> None:
    for phrase in EXAMPLES:
        reply = chat.say(phrase)
        assert reply.title in ("I understood this", "I did not understand all of it")
        assert "Open the rule" in reply.buttons()


def test_where_nothing_is_linked_it_goes_to_the_person(chat: Chat) -> None:
    direct = Chat(
        chat.deps, chat.dialect, space={**NEW, "name": "spaces/DM", "singleUserBotDm": True, "type": "DM"}
    )
    assert direct.say("when a deal is won").has("Me, in a direct message")
