"""Replies that break Chat's rules are refused as Chat refuses them."""

from typing import Any

import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.chat_talk import (
    ADA,
    DIRECT,
    PLACE,
    button_card,
    dialog_reply,
    message_with,
    new_reply,
    update_reply,
)
from web.playground.chat.server import FakeChat

BAD_CARD = {"cardsV2": [{"card": {"header": {"titel": "T"}}}]}


WRONG_STATUS = {"actionResponse": {"type": "DIALOG", "dialogAction": {"actionStatus": {"statusCode": 200}}}}


@pytest.mark.parametrize(
    ("dialect", "reply", "named"),
    [
        ("classic", BAD_CARD, "titel"),
        ("classic", [], "no JSON object"),
        ("classic", new_reply("addon", {"text": "x"}), "hostAppDataAction"),
        ("classic", update_reply("classic", {"text": "x"}), "card to update"),
        ("classic", dialog_reply("classic", {"header": {"title": "T"}}), "dialog may only answer"),
        ("classic", WRONG_STATUS, "statusCode"),
        ("classic", {"actionResponse": {"type": "UPDATE_WIDGET"}}, "UPDATE_WIDGET"),
        ("addon", {"text": "x"}, "text"),
        ("addon", new_reply("addon", BAD_CARD), "titel"),
        ("addon", {"action": {"navigations": [{"endNavigation": "CLOSE_DIALOG"}]}}, "navigations"),
        ("addon", {"action": "x"}, "cannot be read"),
    ],
)
def test_an_invalid_reply_is_refused_as_chat_refuses_it(
    chat: FakeChat, chat_app: AppStub, dialect: str, reply: Any, named: str
) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [reply]
    outcome = chat.client.say(PLACE, ADA, "/pipenotify")
    complaint = chat.store.visible(PLACE, ADA)[-1]
    assert outcome.kind == "refused"
    assert named in " ".join(outcome.problems)
    assert complaint.error
    assert complaint.content["text"] == "Pipenotify is unable to process your request"


def test_an_empty_reply_to_a_click_is_fine_in_chat_and_an_error_in_an_addon(
    chat: FakeChat, chat_app: AppStub
) -> None:
    chat_app.replies = [message_with(button_card(chat_app.url, do="x")), {}]
    chat.client.say(DIRECT, ADA, "rules")
    name = chat.cards(DIRECT)[0]["name"]
    assert chat.client.press(DIRECT, ADA, name, "Mute").kind == "nothing"
    chat.app.dialect = "addon"
    assert chat.client.press(DIRECT, ADA, name, "Mute").kind == "refused"
