"""Interaction events in both dialects."""

from tests.web.playground.app_stub import AppStub
from tests.web.playground.chat_talk import ADA, DIALECTS, PLACE
from web.playground.chat.server import FakeChat


def test_a_slash_command_is_a_classic_message_event(chat: FakeChat, chat_app: AppStub) -> None:
    chat.client.say(PLACE, ADA, "/pipenotify rule new")
    (event,) = chat_app.events
    assert event["type"] == "MESSAGE"
    assert event["message"]["slashCommand"] == {"commandId": "1"}
    assert event["message"]["argumentText"] == " rule new"
    assert event["message"]["annotations"][0]["slashCommand"]["commandName"] == "/pipenotify"
    assert event["appCommandMetadata"] == {"appCommandId": 1, "appCommandType": "SLASH_COMMAND"}
    assert event["user"]["email"] == "ada@example.com"
    assert chat_app.seen[0].headers["user-agent"] == "Google-Dynamite"


def test_an_addon_hears_the_same_with_floats_and_no_type(chat: FakeChat, chat_app: AppStub) -> None:
    chat.app.dialect = "addon"
    chat.client.say(PLACE, ADA, "/pipenotify")
    (event,) = chat_app.events
    payload = event["chat"]["appCommandPayload"]
    raw = chat_app.seen[0].body
    assert "type" not in event
    assert b'"appCommandId":1.0' in raw
    assert payload["message"]["slashCommand"] == {"commandId": 1.0}
    assert "argumentText" not in payload["message"]
    assert event["authorizationEventObject"]["systemIdToken"] == chat_app.seen[0].bearer()
    assert chat_app.seen[0].headers["user-agent"] == "Google-gsuiteaddons"


@DIALECTS
def test_being_added_and_removed_needs_notice(chat: FakeChat, chat_app: AppStub, dialect: str) -> None:
    chat.app.dialect = dialect
    chat.client.removed(PLACE, ADA)
    chat.client.added_to_space(PLACE, ADA)
    kinds = (
        [event["type"] for event in chat_app.events]
        if dialect == "classic"
        else [name for event in chat_app.events for name in event["chat"] if name.endswith("Payload")]
    )
    assert kinds == (
        ["REMOVED_FROM_SPACE", "ADDED_TO_SPACE"]
        if dialect == "classic"
        else ["removedFromSpacePayload", "addedToSpacePayload"]
    )
