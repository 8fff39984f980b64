"""People act, and the app gets the events meant for it."""

from typing import Any

import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.chat_talk import (
    ADA,
    BEN,
    DIALECTS,
    DIRECT,
    PLACE,
    button_card,
    closing_reply,
    dialog_reply,
    message_with,
    new_reply,
)
from web.playground.chat.server import FakeChat


@pytest.mark.parametrize(
    ("space", "text", "heard"),
    [
        (PLACE, "lunch?", False),
        (PLACE, "/unknown", False),
        (PLACE, "@Pipenotify help", True),
        (DIRECT, "help", True),
    ],
)
def test_the_app_hears_only_what_is_meant_for_it(
    chat: FakeChat, chat_app: AppStub, space: str, text: str, heard: bool
) -> None:
    chat.client.say(space, ADA, text)
    assert bool(chat_app.events) is heard


def test_where_the_app_is_no_member_it_hears_nothing(chat: FakeChat, chat_app: AppStub) -> None:
    chat.client.removed(PLACE, ADA)
    chat.client.say(PLACE, ADA, "/pipenotify")
    assert [event["type"] for event in chat_app.events] == ["REMOVED_FROM_SPACE"]


@DIALECTS
def test_a_dialog_opens_is_submitted_and_closes(chat: FakeChat, chat_app: AppStub, dialect: str) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [
        new_reply(dialect, message_with(button_card(chat_app.url, "New", opens=True, do="rule.new"))),
        dialog_reply(dialect, button_card(chat_app.url, "Save", do="rule.save")),
        closing_reply(dialect),
    ]
    chat.client.say(DIRECT, ADA, "rules")
    opened = chat.client.press(DIRECT, ADA, chat.cards(DIRECT)[0]["name"], "New")
    assert (opened.kind, list(chat.store.dialogs)) == ("dialog", [ADA])
    closed = chat.client.press_in_dialog(ADA, "Save", name="Big wins")
    assert (closed.kind, closed.notification, chat.store.dialogs) == ("closed", "Saved", {})
    asked, submitted = chat_app.events[1:]
    where = (
        [asked, submitted]
        if dialect == "classic"
        else [event["chat"]["buttonClickedPayload"] for event in (asked, submitted)]
    )
    assert [event["dialogEventType"] for event in where] == ["REQUEST_DIALOG", "SUBMIT_DIALOG"]


def test_a_quick_command_may_open_a_dialog(chat: FakeChat, chat_app: AppStub) -> None:
    chat_app.replies = [dialog_reply("classic", button_card(chat_app.url))]
    assert chat.client.quick_command(PLACE, ADA, 3).kind == "dialog"
    assert chat_app.events[0]["type"] == "APP_COMMAND"
    assert chat_app.events[0]["appCommandMetadata"]["appCommandId"] == 3


@DIALECTS
def test_a_message_action_brings_the_app_the_message_it_was_chosen_for(
    chat: FakeChat, chat_app: AppStub, dialect: str
) -> None:
    chat.app.dialect = dialect
    chat.client.say(PLACE, BEN, "They want more")
    (said,) = chat.store.messages(PLACE)
    chat.client.message_action(PLACE, ADA, said.name, 8)

    (event,) = chat_app.events
    where = event if dialect == "classic" else event["chat"]["appCommandPayload"]
    assert where["appCommandMetadata"] == {"appCommandId": 8, "appCommandType": "MESSAGE_ACTION"}
    assert where["message"]["text"] == "They want more"
    assert where["message"]["sender"]["name"] == BEN
    assert (event if dialect == "classic" else event["chat"])["user"]["name"] == ADA
    with pytest.raises(ValueError, match="sees no message"):
        chat.client.message_action(PLACE, ADA, f"{PLACE}/messages/none", 8)


def test_a_cancelled_dialog_needs_notice_and_gone(chat: FakeChat, chat_app: AppStub) -> None:
    chat_app.replies = [dialog_reply("classic", button_card(chat_app.url)), {}]
    chat.client.quick_command(PLACE, ADA, 3)
    chat.client.cancel_dialog(ADA)
    assert chat_app.events[1]["dialogEventType"] == "CANCEL_DIALOG"
    assert chat.store.dialogs == {}


def test_the_same_gesture_can_be_delivered_again(chat: FakeChat, chat_app: AppStub) -> None:
    outcome = chat.client.say(DIRECT, ADA, "help")
    assert outcome.gesture is not None
    chat.client.send(outcome.gesture)
    first, second = chat_app.events
    assert first == second


@pytest.mark.parametrize(
    ("space", "user"), [("spaces/NONE", ADA), ("spaces/DM1001", BEN), (PLACE, "users/9")]
)
def test_nobody_speaks_where_they_are_not(chat: FakeChat, space: str, user: str) -> None:
    with pytest.raises(ValueError, match="is not in"):
        chat.client.say(space, user, "hello")


def test_a_private_card_cannot_be_clicked_by_others(chat: FakeChat, chat_app: AppStub) -> None:
    chat_app.replies = [message_with(button_card(chat_app.url, do="x"), privateMessageViewer={"name": ADA})]
    chat.client.say(PLACE, ADA, "/pipenotify")
    with pytest.raises(ValueError, match="sees no message"):
        chat.client.press(PLACE, BEN, chat.cards(PLACE)[0]["name"], "Mute")


def suggesting_reply(dialect: str, *names: str) -> dict[str, object]:
    items = [{"text": name, "value": name} for name in names]
    if dialect == "classic":
        updated = {"type": "UPDATE_WIDGET", "updatedWidget": {"suggestions": {"items": items}}}
        return {"actionResponse": updated}
    step = {"updateWidget": {"selectionInputWidgetSuggestions": {"suggestions": items}}}
    return {"action": {"modifyOperations": [step]}}


@DIALECTS
def test_what_is_typed_into_a_choice_is_answered_by_options(
    chat: FakeChat, chat_app: AppStub, dialect: str
) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [suggesting_reply(dialect, "Ada", "Adam")]
    outcome = chat.client.autocomplete(PLACE, ADA, {"do": "rule.values"}, "ad")
    assert outcome.plain()["options"] == [{"text": each, "value": each} for each in ("Ada", "Adam")]
    (event,) = chat_app.events
    common = event["common"] if dialect == "classic" else event["commonEventObject"]
    assert common["parameters"] == {"do": "rule.values", "autocomplete_widget_query": "ad"}
    if dialect == "classic":
        assert event["type"] == "WIDGET_UPDATED"
    else:
        assert list(event["chat"]["widgetUpdatedPayload"]) == ["space"]


@DIALECTS
def test_a_choice_takes_nothing_but_options_that_have_a_text_and_a_value(
    chat: FakeChat, chat_app: AppStub, dialect: str
) -> None:
    chat.app.dialect = dialect
    before = len(chat.store.messages())
    replies: list[Any] = [new_reply(dialect, {"text": "x"}), suggesting_reply(dialect, ""), []]
    for reply in replies:
        chat_app.replies = [reply]
        outcome = chat.client.autocomplete(PLACE, ADA, {"do": "rule.values"}, "ad")
        assert (outcome.kind, bool(outcome.problems)) == ("refused", True)
    assert len(chat.store.messages()) == before, "Chat says nothing in the space"


LINK = "https://acme.pipedrive.com/deal/7"


def preview_reply(dialect: str, card: dict[str, Any]) -> dict[str, Any]:
    cards = {"cardsV2": [{"cardId": "c", "card": card}]}
    if dialect == "classic":
        return {"actionResponse": {"type": "UPDATE_USER_MESSAGE_CARDS"}, **cards}
    return {"hostAppDataAction": {"chatDataAction": {"updateInlinePreviewAction": cards}}}


@DIALECTS
def test_a_link_of_the_apps_own_unfolds_below_the_message_of_its_person(
    chat: FakeChat, chat_app: AppStub, dialect: str
) -> None:
    chat.app.dialect = dialect
    chat_app.replies = [preview_reply(dialect, button_card(chat_app.url, do="deal.show"))]
    outcome = chat.client.say(PLACE, ADA, f"look at {LINK} please")
    assert outcome.kind == "updated"
    (message,) = chat.store.visible(PLACE, BEN)
    assert message.content["text"] == f"look at {LINK} please"
    assert message.content["cardsV2"][0]["card"]["header"]["title"] == "A card"
    event = chat_app.events[0]
    heard = event["message"] if dialect == "classic" else event["chat"]["messagePayload"]["message"]
    assert heard["matchedUrl"] == {"url": LINK}


@pytest.mark.parametrize(
    "text", ["https://example.com/deal/7", "https://pipedrive.com.evil.test/x", "deal/7"]
)
def test_other_links_are_not_the_apps_business(chat: FakeChat, chat_app: AppStub, text: str) -> None:
    chat.client.say(PLACE, ADA, text)
    assert chat_app.events == []


@DIALECTS
def test_an_app_has_no_preview_of_its_own_messages(chat: FakeChat, chat_app: AppStub, dialect: str) -> None:
    chat.app.dialect = dialect
    card = button_card(chat_app.url, do="x")
    chat_app.replies = [new_reply(dialect, message_with(card)), preview_reply(dialect, card)]
    chat.client.say(DIRECT, ADA, "rules")
    assert chat.client.press(DIRECT, ADA, chat.cards(DIRECT)[0]["name"], "Mute").kind == "refused"
