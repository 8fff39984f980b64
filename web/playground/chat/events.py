"""Interaction events as Chat sends them, in both dialects: classic, and Google Workspace add-on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from web.playground.chat.store import APP

ZONE = {"id": "Europe/Prague", "offset": 3_600_000}
QUERY = "autocomplete_widget_query"  # the parameter in which Chat sends what somebody types into a choice
CONFIG_URL = "https://chat.google.com/api/bot_config_complete?token=playground-capability"


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a person did; `message` is the Message resource concerned, `parameters` those of the button.

    `kind` is the classic type: MESSAGE, ADDED_TO_SPACE, REMOVED_FROM_SPACE, CARD_CLICKED, APP_COMMAND,
    WIDGET_UPDATED.
    """

    kind: str
    space: Mapping[str, Any]
    user: Mapping[str, Any]
    at: str
    message: Mapping[str, Any] | None = None
    command: tuple[int, str] | None = None  # id and appCommandType
    function: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    dialog: Literal["REQUEST_DIALOG", "SUBMIT_DIALOG", "CANCEL_DIALOG"] | None = None
    window: str = ""  # of the browser; Chat knows it, and does not tell the app


def classic(gesture: Gesture) -> dict[str, Any]:
    """The Chat API's Event: one `type`; a click has function and parameters twice."""
    event: dict[str, Any] = {"type": gesture.kind, "eventTime": gesture.at, "space": gesture.space}
    event |= {"user": gesture.user, "common": _common(gesture)}
    if gesture.message:
        event |= {"message": gesture.message, "thread": gesture.message.get("thread", {})}
    if gesture.command:
        event["appCommandMetadata"] = _command(gesture.command)
    if gesture.kind == "WIDGET_UPDATED":
        event["common"]["invokedFunction"] = gesture.function
    if gesture.kind == "CARD_CLICKED":
        event["common"]["invokedFunction"] = gesture.function
        pairs = [{"key": key, "value": value} for key, value in gesture.parameters.items()]
        event["action"] = {"actionMethodName": gesture.function, "parameters": pairs}
    if gesture.dialog:
        event |= {"isDialogEvent": True, "dialogEventType": gesture.dialog}
    if gesture.kind in ("MESSAGE", "ADDED_TO_SPACE", "APP_COMMAND"):
        event["configCompleteRedirectUrl"] = CONFIG_URL
    return event


def addon(gesture: Gesture, token: str = "") -> dict[str, Any]:
    """The add-on event object: the payload's key is its type, and every number is a float.

    `token` is the bearer of the request, which the body repeats as `systemIdToken`.
    """
    name, payload = _payload(gesture)
    chat = {"user": gesture.user, "space": gesture.space, "eventTime": gesture.at, name: payload}
    event = {
        "commonEventObject": _common(gesture),
        "authorizationEventObject": {"systemIdToken": token},
        "chat": chat,
    }
    return dict(_floats(event))


def _payload(gesture: Gesture) -> tuple[str, dict[str, Any]]:
    payload: dict[str, Any] = {"space": gesture.space}
    if gesture.message:
        payload["message"] = gesture.message
    if gesture.dialog:
        payload |= {"isDialogEvent": True, "dialogEventType": gesture.dialog}
    if gesture.command:
        payload |= {"appCommandMetadata": _command(gesture.command), "configCompleteRedirectUri": CONFIG_URL}
        if gesture.message:
            payload["thread"] = gesture.message.get("thread", {})
        return "appCommandPayload", payload
    if gesture.kind == "REMOVED_FROM_SPACE":
        return "removedFromSpacePayload", payload
    if gesture.kind == "CARD_CLICKED":
        return "buttonClickedPayload", payload
    if gesture.kind == "WIDGET_UPDATED":
        return "widgetUpdatedPayload", {"space": gesture.space}
    payload["configCompleteRedirectUri"] = CONFIG_URL
    if gesture.kind == "ADDED_TO_SPACE":
        return "addedToSpacePayload", payload | {"interactionAdd": False}
    return "messagePayload", payload


def _common(gesture: Gesture) -> dict[str, Any]:
    common: dict[str, Any] = {
        "userLocale": "en",
        "hostApp": "CHAT",
        "platform": "WEB",
        "timeZone": dict(ZONE),
    }
    if gesture.parameters:
        common["parameters"] = dict(gesture.parameters)
    if gesture.inputs:
        common["formInputs"] = {name: _form_input(value) for name, value in gesture.inputs.items()}
    return common


def _form_input(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    values = [value] if isinstance(value, str) else list(value)
    return {"stringInputs": {"value": values}}


def _command(command: tuple[int, str]) -> dict[str, Any]:
    return {"appCommandId": command[0], "appCommandType": command[1]}


def _floats(value: Any) -> Any:
    """The add-on runtime writes every number as a float (seen: `appCommandId: 1.0`)."""
    if isinstance(value, Mapping):
        return {key: float(inner) if key == "commandId" else _floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_floats(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def slash_text(text: str, commands: Mapping[str, int]) -> tuple[int | None, dict[str, Any]]:
    """What a typed text adds to its Message: command id, slashCommand, annotations, argumentText.

    The argument keeps its leading space, and is absent if empty.
    """
    word, space, rest = text.partition(" ")
    known = commands.get(word)
    if known is not None:
        slash = {"bot": APP, "type": "INVOKE", "commandName": word, "commandId": str(known)}
        note = {"type": "SLASH_COMMAND", "startIndex": 0, "length": len(word), "slashCommand": slash}
        extra = {"slashCommand": {"commandId": str(known)}, "annotations": [note]}
        return known, extra | ({"argumentText": space + rest} if rest else {})
    mention = f"@{APP['displayName']}"
    if text.startswith(mention):
        note = {"type": "USER_MENTION", "startIndex": 0, "length": len(mention)}
        note["userMention"] = {"user": APP, "type": "MENTION"}
        return None, {"annotations": [note], "argumentText": text.removeprefix(mention)}
    return None, {"argumentText": text}
