"""What people see of a reply."""

from tests.web.playground.app_stub import AppStub
from tests.web.playground.chat_talk import (
    ADA,
    BEN,
    DIALECTS,
    DIRECT,
    PLACE,
    button_card,
    message_with,
    new_reply,
    update_reply,
)
from web.playground.chat.server import FakeChat


@DIALECTS
def test_a_reply_becomes_a_message_in_the_same_thread(
    chat: FakeChat, chat_app: AppStub, dialect: str
) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [
        new_reply(dialect, message_with(button_card(chat_app.url), privateMessageViewer={"name": ADA}))
    ]
    outcome = chat.client.say(PLACE, ADA, "/pipenotify")
    asked, answered = chat.store.visible(PLACE, ADA)
    assert outcome.kind == "message"
    assert answered.thread["name"] == asked.thread["name"]
    assert chat.store.visible(PLACE, BEN) == []


@DIALECTS
def test_a_click_updates_its_card(chat: FakeChat, chat_app: AppStub, dialect: str) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [
        new_reply(dialect, message_with(button_card(chat_app.url, do="rule.mute", rule="7"))),
        update_reply(dialect, message_with(button_card(chat_app.url, "Unmute", do="rule.unmute"))),
    ]
    chat.client.say(DIRECT, ADA, "rules")
    name = chat.cards(DIRECT)[0]["name"]
    outcome = chat.client.press(DIRECT, ADA, name, "Mute", note="because")
    event = chat_app.events[1]
    common = event["common"] if dialect == "classic" else event["commonEventObject"]
    assert outcome.kind == "updated"
    assert common["parameters"] == {"do": "rule.mute", "rule": "7"}
    assert common["formInputs"] == {"note": {"stringInputs": {"value": ["because"]}}}
    assert [card["name"] for card in chat.cards(DIRECT)] == [name]
    assert chat.client.press(DIRECT, ADA, name, "Unmute").kind == "updated"


def test_an_app_that_fails_or_is_away_is_not_responding(chat: FakeChat, chat_app: AppStub) -> None:
    chat_app.replies = [500]
    assert chat.client.say(DIRECT, ADA, "help").kind == "failed"
    chat_app.server.close()
    assert chat.client.say(DIRECT, ADA, "help").kind == "failed"
    texts = [message.content["text"] for message in chat.store.messages(DIRECT) if message.error]
    assert texts == ["Pipenotify is not responding"] * 2
