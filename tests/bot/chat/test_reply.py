from typing import Any

import pytest

from bot.chat.interaction import ChatSpace, ChatUser, Dialect, Interaction, InteractionKind
from bot.chat.reply import Close, Nothing, Open, Reply, Say, Update, encode
from bot.widgets import Card, Message, Section, Text

END = "https://x.example.com/chat/events"
CARD = Card("Hello", sections=[Section([Text("there")])])
MESSAGE = Message(CARD, "Hello there", thread_key="deal-1")
ADA = ChatUser("users/1", "ada@acme.test")
ROOM, DM = ChatSpace("spaces/A", "Deals"), ChatSpace("spaces/D", is_dm=True)


def asked(kind: InteractionKind, dialect: Dialect = Dialect.CLASSIC, **more: Any) -> Interaction:
    return Interaction(kind, dialect, ADA, more.pop("space", ROOM), "spaces/A/messages/1", **more)


def shape(body: dict[str, Any]) -> str:
    """Name the road an answer takes."""
    if not body:
        return "nothing"
    if "actionResponse" in body:
        action = body["actionResponse"]
        return ".".join([action["type"], *action.get("dialogAction", {})])
    if "cardsV2" in body:
        return "message"
    if "action" in body:
        return ".".join(body["action"]["navigations"][0])
    return ".".join(body["hostAppDataAction"]["chatDataAction"])


@pytest.mark.parametrize(
    ("reply", "kind", "classic", "addon"),
    [
        (Say(MESSAGE), InteractionKind.COMMAND, "message", "createMessageAction"),
        (Say(MESSAGE), InteractionKind.DIALOG_SUBMIT, "NEW_MESSAGE", "createMessageAction"),
        (Say(MESSAGE), InteractionKind.CLICK, "UPDATE_MESSAGE", "updateMessageAction"),
        (Say(MESSAGE, aside=True), InteractionKind.CLICK, "NEW_MESSAGE", "createMessageAction"),
        (Update(MESSAGE), InteractionKind.CLICK, "UPDATE_MESSAGE", "updateMessageAction"),
        (Update(MESSAGE), InteractionKind.DIALOG_SUBMIT, "NEW_MESSAGE", "createMessageAction"),
        (Open(CARD), InteractionKind.CLICK, "DIALOG.dialog", "pushCard"),
        (Close("Saved"), InteractionKind.DIALOG_SUBMIT, "DIALOG.actionStatus", "endNavigation"),
        (Nothing(), InteractionKind.DIALOG_CANCEL, "nothing", "endNavigation"),
        (Nothing(), InteractionKind.CLICK, "nothing", "endNavigation"),
        (Say(MESSAGE), InteractionKind.REMOVED, "nothing", "nothing"),
        (Say(MESSAGE), InteractionKind.UNKNOWN, "nothing", "nothing"),
        (Say(MESSAGE), InteractionKind.WIDGET, "nothing", "nothing"),
    ],
)
def test_each_reply_takes_the_road_its_dialect_has_for_it(
    reply: Reply, kind: InteractionKind, classic: str, addon: str
) -> None:
    assert shape(encode(reply, asked(kind), END)) == classic
    assert shape(encode(reply, asked(kind, Dialect.ADDON), END)) == addon


@pytest.mark.parametrize("dialect", [Dialect.CLASSIC, Dialect.ADDON])
@pytest.mark.parametrize("reply", [Say(MESSAGE), Update(MESSAGE), Open(CARD)])
def test_where_chat_waits_for_a_dialog_a_card_comes_as_one(dialect: Dialect, reply: Reply) -> None:
    body = encode(reply, asked(InteractionKind.CLICK, dialect, opens_dialog=True), END)
    assert shape(body) in {"DIALOG.dialog", "pushCard"}


def test_an_answer_is_seen_by_the_asking_person_alone_unless_it_is_for_all() -> None:
    assert encode(Say(MESSAGE), asked(InteractionKind.COMMAND), END)["privateMessageViewer"] == {
        "name": "users/1"
    }
    assert "privateMessageViewer" not in encode(
        Say(MESSAGE, to_all=True), asked(InteractionKind.COMMAND), END
    )
    assert "privateMessageViewer" not in encode(Say(MESSAGE), asked(InteractionKind.COMMAND, space=DM), END)


def test_an_update_is_as_private_as_its_card() -> None:
    assert "privateMessageViewer" not in encode(Update(MESSAGE), asked(InteractionKind.CLICK), END)
    private = encode(Update(MESSAGE), asked(InteractionKind.CLICK, on_private=True), END)
    assert private["privateMessageViewer"] == {"name": "users/1"}


def test_no_answer_names_a_thread() -> None:
    assert "thread" not in encode(Say(MESSAGE), asked(InteractionKind.COMMAND), END)


def test_a_dialog_from_ones_own_card_updates_it() -> None:
    assert (
        shape(encode(Update(MESSAGE), asked(InteractionKind.DIALOG_SUBMIT, on_private=True), END))
        == "UPDATE_MESSAGE"
    )


def test_the_card_on_a_persons_own_message_is_updated_its_own_way() -> None:
    classic = encode(Update(MESSAGE), asked(InteractionKind.CLICK, on_persons=True), END)
    assert classic["actionResponse"] == {"type": "UPDATE_USER_MESSAGE_CARDS"}
    addon = encode(Update(MESSAGE), asked(InteractionKind.CLICK, Dialect.ADDON, on_persons=True), END)
    assert shape(addon) == "updateInlinePreviewAction"


def test_a_closed_dialog_says_its_words_disarmed() -> None:
    body = encode(Close("Saved <users/all>"), asked(InteractionKind.DIALOG_SUBMIT), END)
    status = body["actionResponse"]["dialogAction"]["actionStatus"]
    assert status["statusCode"] == "OK"
    assert "<users/all>" not in status["userFacingMessage"]
    addon = encode(Close("Saved"), asked(InteractionKind.DIALOG_SUBMIT, Dialect.ADDON), END)
    assert addon["action"]["notification"] == {"text": "Saved"}


@pytest.mark.parametrize(
    ("kind", "road"),
    [
        (InteractionKind.HOME, "pushCard"),
        (InteractionKind.CLICK, "updateCard"),
        (InteractionKind.UNKNOWN, "nothing"),
    ],
)
def test_the_home_tab_gets_bare_cards(kind: InteractionKind, road: str) -> None:
    body = encode(Say(MESSAGE), asked(kind, Dialect.HOME), END)
    assert shape(body) == road
    assert "fixedFooter" not in str(body)


def test_the_home_tab_opens_and_closes_dialogs() -> None:
    assert shape(encode(Open(CARD), asked(InteractionKind.CLICK, Dialect.HOME), END)) == "pushCard"
    assert shape(encode(Close("x"), asked(InteractionKind.CLICK, Dialect.HOME), END)) == "endNavigation"
