import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.interaction import Dialect, InteractionKind
from bot.chat.parse import UnreadableInteraction, parse_interaction

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "chat_events"


def click(**more: Any) -> dict[str, Any]:
    return {"type": "CARD_CLICKED", "space": {"name": "spaces/A"}, **more}


@pytest.mark.parametrize(
    ("body", "kind", "dialect"),
    [
        ({"type": "MESSAGE", "message": {"text": "hi"}}, InteractionKind.MESSAGE, Dialect.CLASSIC),
        (
            {"type": "MESSAGE", "message": {"slashCommand": {"commandId": "1"}}},
            InteractionKind.COMMAND,
            Dialect.CLASSIC,
        ),
        (
            {"type": "APP_COMMAND", "appCommandMetadata": {"appCommandId": 3}},
            InteractionKind.COMMAND,
            Dialect.CLASSIC,
        ),
        (
            {"type": "APP_COMMAND", "appCommandMetadata": {"appCommandType": "MESSAGE_ACTION"}},
            InteractionKind.MESSAGE_ACTION,
            Dialect.CLASSIC,
        ),
        ({"type": "ADDED_TO_SPACE"}, InteractionKind.ADDED, Dialect.CLASSIC),
        ({"type": "REMOVED_FROM_SPACE"}, InteractionKind.REMOVED, Dialect.CLASSIC),
        (click(), InteractionKind.CLICK, Dialect.CLASSIC),
        (click(dialogEventType="SUBMIT_DIALOG"), InteractionKind.DIALOG_SUBMIT, Dialect.CLASSIC),
        (
            click(isDialogEvent=True, dialogEventType="CANCEL_DIALOG"),
            InteractionKind.DIALOG_CANCEL,
            Dialect.CLASSIC,
        ),
        ({"type": "WIDGET_UPDATED"}, InteractionKind.WIDGET, Dialect.CLASSIC),
        ({"type": "SOMETHING_NEW"}, InteractionKind.UNKNOWN, Dialect.CLASSIC),
        ({"type": 123}, InteractionKind.UNKNOWN, Dialect.CLASSIC),
        ({"type": "MESSAGE", "chat": {"type": "APP_HOME"}}, InteractionKind.MESSAGE, Dialect.CLASSIC),
        ({}, InteractionKind.UNKNOWN, Dialect.CLASSIC),
        ({"chat": {"messagePayload": {}}}, InteractionKind.MESSAGE, Dialect.ADDON),
        ({"chat": {"appCommandPayload": {"appCommandMetadata": {}}}}, InteractionKind.COMMAND, Dialect.ADDON),
        ({"chat": {"addedToSpacePayload": {}}}, InteractionKind.ADDED, Dialect.ADDON),
        ({"chat": {"removedFromSpacePayload": {}}}, InteractionKind.REMOVED, Dialect.ADDON),
        ({"chat": {"buttonClickedPayload": {}}}, InteractionKind.CLICK, Dialect.ADDON),
        (
            {"chat": {"buttonClickedPayload": {"isDialogEvent": "true", "dialogEventType": "SUBMIT_DIALOG"}}},
            InteractionKind.DIALOG_SUBMIT,
            Dialect.ADDON,
        ),
        ({"chat": {"widgetUpdatedPayload": {}}}, InteractionKind.WIDGET, Dialect.ADDON),
        ({"chat": {"type": "APP_HOME"}}, InteractionKind.HOME, Dialect.HOME),
        ({"chat": {"type": "SUBMIT_FORM"}}, InteractionKind.CLICK, Dialect.HOME),
        ({"type": "SUBMIT_FORM"}, InteractionKind.CLICK, Dialect.HOME),
    ],
)
def test_each_body_is_parsed(body: dict[str, Any], kind: InteractionKind, dialect: Dialect) -> None:
    found = parse_interaction(body)
    assert (found.kind, found.dialect) == (kind, dialect)


@pytest.mark.parametrize("spelled", [1, "1", 1.0, "1.0"])
def test_a_command_id_is_a_number_however_it_is_spelled(spelled: object) -> None:
    body = {"chat": {"appCommandPayload": {"appCommandMetadata": {"appCommandId": spelled}}}}
    assert parse_interaction(body).command_id == 1


@pytest.mark.parametrize("spelled", [True, None, "one", float("inf"), [], 10**400])
def test_what_is_no_command_id_is_none(spelled: object) -> None:
    assert (
        parse_interaction({"type": "MESSAGE", "message": {"slashCommand": {"commandId": spelled}}}).command_id
        is None
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"argumentText": " rule list ", "text": "/pipenotify rule list"}, "rule list"),
        ({"text": "/pipenotify", "slashCommand": {"commandId": "1"}}, ""),
        ({"text": "/pipenotify rule list", "slashCommand": {"commandId": "1"}}, "rule list"),
        ({"text": "hello"}, "hello"),
        (
            {
                "text": "@Pipenotify help",
                "annotations": [
                    {"startIndex": 0.0, "length": 11.0, "userMention": {"user": {"type": "BOT"}}}
                ],
            },
            "help",
        ),
        ({"text": "hey", "annotations": 7}, "hey"),
        ({}, ""),
    ],
)
def test_text_is_parsed_without_mention_and_command(message: dict[str, Any], text: str) -> None:
    assert parse_interaction({"type": "MESSAGE", "message": message}).text == text


@pytest.mark.parametrize(
    ("space", "is_dm"),
    [
        ({"type": "DM"}, True),
        ({"singleUserBotDm": True}, True),
        ({"spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}, True),
        ({"spaceType": "DIRECT_MESSAGE"}, True),
        ({"spaceType": "DIRECT_MESSAGE", "singleUserBotDm": False}, False),
        ({"spaceType": "SPACE", "type": "ROOM"}, False),
        ({"spaceType": "GROUP_CHAT"}, False),
        ({"type": ["DM"]}, False),
    ],
)
def test_a_direct_message_is_one_with_the_app(space: dict[str, Any], is_dm: bool) -> None:
    assert parse_interaction({"type": "MESSAGE", "space": space}).space.is_dm is is_dm


@pytest.mark.parametrize(
    "body",
    [
        click(common={"parameters": {"do": "rule.toggle", "rule": "7"}}),
        click(action={"parameters": [{"key": "do", "value": "rule.toggle"}, {"key": "rule", "value": "7"}]}),
        {
            "commonEventObject": {"parameters": {"do": "rule.toggle", "rule": "7"}},
            "chat": {"buttonClickedPayload": {}},
        },
        click(
            common={
                "invokedFunction": "https://x.test/chat/events",
                "parameters": {"do": "rule.toggle", "rule": "7"},
            }
        ),
    ],
)
def test_a_click_names_its_action_in_the_parameter_do(body: dict[str, Any]) -> None:
    found = parse_interaction(body)
    assert (found.do, found.parameters["rule"]) == ("rule.toggle", "7")


@pytest.mark.parametrize(
    "body",
    [
        click(common={"invokedFunction": "old"}),
        click(action={"actionMethodName": "old"}),
        {
            "commonEventObject": {"parameters": {"__action_method_name__": "old"}},
            "chat": {"buttonClickedPayload": {}},
        },
    ],
)
def test_old_cards_name_their_action_in_other_fields(body: dict[str, Any]) -> None:
    assert parse_interaction(body).do == "old"


def test_people_are_known_by_lower_case_email() -> None:
    found = parse_interaction({"type": "MESSAGE", "user": {"name": "users/1", "email": " Ada@Acme.Test "}})
    assert (found.user.name, found.user.email) == ("users/1", "ada@acme.test")


def test_who_chooses_a_message_acts_and_never_its_author() -> None:
    """Chat's published sample names the author's sender, and somebody else as the user."""
    chosen = {
        "message": {"name": "spaces/A/messages/T.M", "text": "We agreed", "sender": {"name": "users/456"}},
        "appCommandMetadata": {"appCommandId": 8.0, "appCommandType": "MESSAGE_ACTION"},
    }
    chosen["message"]["sender"]["displayName"] = "Cleo"  # type: ignore[index]
    for user in ({"name": "users/123"}, {}):
        classic = parse_interaction({"type": "APP_COMMAND", "user": user, **chosen})
        addon = parse_interaction({"chat": {"user": user, "appCommandPayload": chosen}})
        for parsed in (classic, addon):
            assert (parsed.kind, parsed.command_id) == (InteractionKind.MESSAGE_ACTION, 8)
            assert (parsed.user.name, parsed.author) == (user.get("name", ""), "Cleo")
            assert (parsed.text, parsed.message_name) == ("We agreed", "spaces/A/messages/T.M")


def test_the_same_click_has_the_same_key_and_another_one_has_not() -> None:
    body = click(eventTime="2026-11-20T10:00:00Z", user={"name": "users/1"})
    body["common"] = {"parameters": {"do": "rule.toggle"}}
    assert parse_interaction(body).key == parse_interaction(dict(body)).key
    others = [
        {**body, "eventTime": "2026-11-20T10:00:01Z"},
        {**body, "user": {"name": "users/2"}},
        {**body, "common": {"parameters": {"do": "rule.test"}}},
        {**body, "message": {"name": "spaces/A/messages/2"}},
        {**body, "type": "APP_COMMAND"},
    ]
    assert parse_interaction(body).key not in {parse_interaction(other).key for other in others}
    assert len({parse_interaction(other).key for other in others}) == len(others)


def test_without_a_time_nothing_is_a_repeat() -> None:
    assert parse_interaction(click()).key is None


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(UnreadableInteraction):
        parse_interaction(body)


def samples() -> list[Path]:
    found = sorted(SAMPLES.glob("*.json")) if SAMPLES.is_dir() else []
    return found or [Path("absent")]


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_every_sample_can_be_read(path: Path) -> None:
    if not path.exists():
        pytest.skip("the samples are not on this machine")
    found = parse_interaction(json.loads(path.read_text()))
    if path.stem.startswith("addon_switchboard"):
        assert found.dialect is Dialect.ADDON
        assert found.kind is not InteractionKind.UNKNOWN


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
KEYS = ["type", "user", "space", "message", "action", "common", "eventTime", "appCommandMetadata"]
CHAT_KEYS = ["user", "eventTime", "buttonClickedPayload", "messagePayload", "appCommandPayload"]


@given(
    st.dictionaries(st.sampled_from(KEYS), json_values),
    st.dictionaries(st.sampled_from(CHAT_KEYS), json_values),
    st.dictionaries(st.sampled_from(["parameters", "formInputs", "timeZone"]), json_values),
)
def test_no_body_breaks_the_parser(
    classic: dict[str, Any], chat: dict[str, Any], common: dict[str, Any]
) -> None:
    message = {"annotations": classic.get("user"), "sender": classic.get("space"), "text": "x"}
    for body in (
        classic,
        {**classic, "common": common},
        {"chat": chat, "commonEventObject": common},
        {"type": "MESSAGE", "message": message},
    ):
        found = parse_interaction(body)
        assert isinstance(found.text, str)
        assert all(isinstance(one, str) for one in found.parameters.values())
