from typing import Any

import pytest

from bot.chat.interaction import ChatSpace, ChatUser, Dialect, Interaction, InteractionKind
from bot.chat.reply import Close, Nothing, Open, Reply, Say, Suggest, Update, Warn, encode_reply
from bot.widgets import Card, Message, Option, Section, Text

END = "https://x.example.com/chat/events"
CARD = Card("Hello", sections=[Section([Text("there")])])
MESSAGE = Message(CARD, "Hello there", thread_key="deal-1")
FOUND = Suggest([Option("a", "Region")])
ADA = ChatUser("users/1", "ada@acme.test")
ROOM, DM = ChatSpace("spaces/A", "Deals"), ChatSpace("spaces/D", is_dm=True)


def interaction_of(kind: InteractionKind, dialect: Dialect = Dialect.CLASSIC, **more: Any) -> Interaction:
    return Interaction(kind, dialect, ADA, more.pop("space", ROOM), "spaces/A/messages/1", **more)


def shape_of(body: dict[str, Any]) -> str:
    """Name the expected an answer takes."""
    if not body:
        return "nothing"
    if "actionResponse" in body:
        action = body["actionResponse"]
        return ".".join([action["type"], *action.get("dialogAction", {})])
    if "cardsV2" in body:
        return "message"
    if "modifyOperations" in body.get("action", {}):
        return ".".join(body["action"]["modifyOperations"][0])
    if "action" in body:
        return ".".join(body["action"]["navigations"][0])
    return ".".join(body["hostAppDataAction"]["chatDataAction"])


@pytest.mark.parametrize(
    ("reply", "kind", "classic", "addon"),
    [
        (Say(MESSAGE), InteractionKind.COMMAND, "message", "createMessageAction"),
        (Say(MESSAGE), InteractionKind.DIALOG_SUBMIT, "NEW_MESSAGE", "createMessageAction"),
        (Say(MESSAGE), InteractionKind.CLICK, "UPDATE_MESSAGE", "updateMessageAction"),
        (Say(MESSAGE, keep_clicked=True), InteractionKind.CLICK, "NEW_MESSAGE", "createMessageAction"),
        (Update(MESSAGE), InteractionKind.CLICK, "UPDATE_MESSAGE", "updateMessageAction"),
        (Update(MESSAGE), InteractionKind.DIALOG_SUBMIT, "NEW_MESSAGE", "createMessageAction"),
        (Open(CARD), InteractionKind.CLICK, "DIALOG.dialog", "pushCard"),
        (Close("Saved"), InteractionKind.DIALOG_SUBMIT, "DIALOG.actionStatus", "endNavigation"),
        (Nothing(), InteractionKind.DIALOG_CANCEL, "nothing", "endNavigation"),
        (Nothing(), InteractionKind.CLICK, "nothing", "endNavigation"),
        (Say(MESSAGE), InteractionKind.REMOVED, "nothing", "nothing"),
        (Say(MESSAGE), InteractionKind.UNKNOWN, "nothing", "nothing"),
        (Say(MESSAGE), InteractionKind.WIDGET, "UPDATE_WIDGET", "updateWidget"),
        (FOUND, InteractionKind.WIDGET, "UPDATE_WIDGET", "updateWidget"),
    ],
)
def test_each_reply_is_encoded_for_its_dialect(
    reply: Reply, kind: InteractionKind, classic: str, addon: str
) -> None:
    assert shape_of(encode_reply(reply, interaction_of(kind), END)) == classic
    assert shape_of(encode_reply(reply, interaction_of(kind, Dialect.ADDON), END)) == addon


@pytest.mark.parametrize("dialect", [Dialect.CLASSIC, Dialect.ADDON])
@pytest.mark.parametrize("reply", [Say(MESSAGE), Update(MESSAGE), Open(CARD)])
def test_a_card_becomes_a_dialog_where_chat_waits_for_one(dialect: Dialect, reply: Reply) -> None:
    body = encode_reply(reply, interaction_of(InteractionKind.CLICK, dialect, opens_dialog=True), END)
    assert shape_of(body) in {"DIALOG.dialog", "pushCard"}


def test_a_warning_leaves_the_dialog_open() -> None:
    submit = interaction_of(InteractionKind.DIALOG_SUBMIT)
    classic = encode_reply(Warn("Not *now*"), submit, END)
    status = classic["actionResponse"]["dialogAction"]["actionStatus"]
    assert (status["statusCode"], status["userFacingMessage"]) == ("UNAVAILABLE", "Not \u2217now\u2217")
    addon = encode_reply(Warn("Not now"), interaction_of(InteractionKind.DIALOG_SUBMIT, Dialect.ADDON), END)
    assert addon == {"action": {"notification": {"text": "Not now"}}}


def test_options_are_sent_as_each_dialect_takes_them() -> None:
    items = [{"text": "Region", "value": "a", "selected": False}]
    classic = encode_reply(FOUND, interaction_of(InteractionKind.WIDGET), END)
    assert classic["actionResponse"]["updatedWidget"] == {"suggestions": {"items": items}}
    addon = encode_reply(FOUND, interaction_of(InteractionKind.WIDGET, Dialect.ADDON), END)
    (step,) = addon["action"]["modifyOperations"]
    assert step["updateWidget"]["selectionInputWidgetSuggestions"] == {"suggestions": items}


def test_a_reply_is_private_unless_it_is_for_all() -> None:
    assert encode_reply(Say(MESSAGE), interaction_of(InteractionKind.COMMAND), END)[
        "privateMessageViewer"
    ] == {"name": "users/1"}
    assert "privateMessageViewer" not in encode_reply(
        Say(MESSAGE, to_all=True), interaction_of(InteractionKind.COMMAND), END
    )
    assert "privateMessageViewer" not in encode_reply(
        Say(MESSAGE), interaction_of(InteractionKind.COMMAND, space=DM), END
    )


def test_an_update_is_as_private_as_its_card() -> None:
    assert "privateMessageViewer" not in encode_reply(
        Update(MESSAGE), interaction_of(InteractionKind.CLICK), END
    )
    private = encode_reply(Update(MESSAGE), interaction_of(InteractionKind.CLICK, on_private=True), END)
    assert private["privateMessageViewer"] == {"name": "users/1"}


def test_no_reply_names_a_thread() -> None:
    assert "thread" not in encode_reply(Say(MESSAGE), interaction_of(InteractionKind.COMMAND), END)


def test_a_dialog_from_ones_own_card_updates_it() -> None:
    assert (
        shape_of(
            encode_reply(Update(MESSAGE), interaction_of(InteractionKind.DIALOG_SUBMIT, on_private=True), END)
        )
        == "UPDATE_MESSAGE"
    )


def test_a_card_on_a_persons_message_is_updated_as_a_preview() -> None:
    classic = encode_reply(Update(MESSAGE), interaction_of(InteractionKind.CLICK, is_by_person=True), END)
    assert classic["actionResponse"] == {"type": "UPDATE_USER_MESSAGE_CARDS"}
    addon = encode_reply(
        Update(MESSAGE), interaction_of(InteractionKind.CLICK, Dialect.ADDON, is_by_person=True), END
    )
    assert shape_of(addon) == "updateInlinePreviewAction"


def test_the_notification_of_a_closed_dialog_is_disarmed() -> None:
    body = encode_reply(Close("Saved <users/all>"), interaction_of(InteractionKind.DIALOG_SUBMIT), END)
    status = body["actionResponse"]["dialogAction"]["actionStatus"]
    assert status["statusCode"] == "OK"
    assert "<users/all>" not in status["userFacingMessage"]
    addon = encode_reply(Close("Saved"), interaction_of(InteractionKind.DIALOG_SUBMIT, Dialect.ADDON), END)
    assert addon["action"]["notification"] == {"text": "Saved"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (InteractionKind.HOME, "pushCard"),
        (InteractionKind.CLICK, "updateCard"),
        (InteractionKind.UNKNOWN, "nothing"),
    ],
)
def test_the_home_tab_gets_bare_cards(kind: InteractionKind, expected: str) -> None:
    body = encode_reply(Say(MESSAGE), interaction_of(kind, Dialect.HOME), END)
    assert shape_of(body) == expected
    assert "fixedFooter" not in str(body)


def test_the_home_tab_opens_and_closes_dialogs() -> None:
    assert (
        shape_of(encode_reply(Open(CARD), interaction_of(InteractionKind.CLICK, Dialect.HOME), END))
        == "pushCard"
    )
    assert (
        shape_of(encode_reply(Close("x"), interaction_of(InteractionKind.CLICK, Dialect.HOME), END))
        == "endNavigation"
    )
