"""Parses an app's reply to an interaction, in both dialects, as Chat does; an invalid reply is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from web.playground.chat.card_rules import camel, problems
from web.playground.chat.events import Gesture

STATUS_CODES = frozenset({"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND"})
STATUS_CODES |= {"ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "INTERNAL"}
STATUS_CODES |= {
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "UNAVAILABLE",
    "DATA_LOSS",
}
NO_DIALOG_ASKED = "a dialog may only answer a click or command that asks for one"
NO_SUGGESTIONS = "what somebody types into a choice is answered by suggestions alone"
MOST_SUGGESTIONS = 100
NO_LINK = "only a message of a person has a preview"
NO_CARD_CLICKED = "only a click has a card to update"


class InvalidReply(ValueError):
    """A reply that Chat cannot process; `problems` say why."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("; ".join(found))
        self.problems = found


@dataclass(frozen=True, slots=True)
class Reply:
    """The effect of a reply: post or update with `message`, open `dialog`, close one, show `notification`.

    `suggestions` are the items offered to somebody who types into a choice.
    """

    message: dict[str, Any] | None = None
    update: bool = False
    dialog: dict[str, Any] | None = None
    close: bool = False
    notification: str | None = None
    suggestions: list[dict[str, Any]] | None = None


def read_classic(gesture: Gesture, body: Any) -> Reply:
    """A Message, with an actionResponse unless it is a plain answer; raises InvalidReply."""
    reply = _object(body)
    if not reply:
        return Reply()
    action = reply.pop("actionResponse", {})
    kind = action.get("type", "NEW_MESSAGE")
    if gesture.kind == "WIDGET_UPDATED":
        return _classic_suggestions(action)
    if kind == "DIALOG":
        return _classic_dialog(gesture, action.get("dialogAction", {}))
    if kind == "UPDATE_USER_MESSAGE_CARDS":
        return _preview(gesture, reply)
    if kind not in ("NEW_MESSAGE", "UPDATE_MESSAGE"):
        raise InvalidReply([f"actionResponse.type {kind!r} does not fit this event"])
    if kind == "UPDATE_MESSAGE" and not (gesture.kind == "CARD_CLICKED" and gesture.message):
        raise InvalidReply([NO_CARD_CLICKED])
    return Reply(message=_checked(reply), update=kind == "UPDATE_MESSAGE", close=_in_dialog(gesture))


def _preview(gesture: Gesture, message: dict[str, Any]) -> Reply:
    """Cards below a message that a person wrote: of a link in it, or after a press on such a card."""
    if (gesture.message or {}).get("sender", {}).get("type") != "HUMAN":
        raise InvalidReply([NO_LINK])
    cards = _checked({key: value for key, value in message.items() if key == "cardsV2"})
    return Reply(message=cards, update=True, close=_in_dialog(gesture))


def _classic_suggestions(action: Mapping[str, Any]) -> Reply:
    if action.get("type") != "UPDATE_WIDGET":
        raise InvalidReply([NO_SUGGESTIONS])
    return _suggested(action.get("updatedWidget", {}).get("suggestions", {}).get("items", []))


def _classic_dialog(gesture: Gesture, action: Mapping[str, Any]) -> Reply:
    status = action.get("actionStatus")
    if status is not None:
        code = status.get("statusCode")
        if code not in STATUS_CODES:
            raise InvalidReply([f"actionStatus.statusCode: {code!r} is no status name"])
        return Reply(close=code == "OK", notification=status.get("userFacingMessage"))
    return Reply(dialog=_dialog(gesture, action.get("dialog", {}).get("body")))


def read_addon(gesture: Gesture, body: Any) -> Reply:
    """RenderActions; an empty one shows an error to the person who clicked. Raises InvalidReply."""
    reply = _object(body)
    if not reply:
        if gesture.kind == "CARD_CLICKED":
            raise InvalidReply(["an empty reply to a click"])
        return Reply()
    strange = sorted(reply.keys() - {"action", "hostAppDataAction"})
    if strange:
        raise InvalidReply([f"{', '.join(strange)}: not of an add-on's reply"])
    if gesture.kind == "WIDGET_UPDATED":
        return _addon_suggestions(reply.get("action", {}).get("modifyOperations", []))
    shown = _addon_action(gesture, reply.get("action", {}))
    data = reply.get("hostAppDataAction", {}).get("chatDataAction", {})
    if not data:
        return shown
    return _addon_data(gesture, data, shown)


def _addon_suggestions(operations: list[Mapping[str, Any]]) -> Reply:
    found = [each.get("updateWidget", {}).get("selectionInputWidgetSuggestions") for each in operations]
    if len(found) != 1 or not isinstance(found[0], Mapping):
        raise InvalidReply([NO_SUGGESTIONS])
    return _suggested(found[0].get("suggestions", []))


def _suggested(items: list[dict[str, Any]]) -> Reply:
    wrong = [
        f"suggestions[{place}]: text and value are required"
        for place, each in enumerate(items)
        if not (each.get("text") and each.get("value"))
    ]
    if len(items) > MOST_SUGGESTIONS:
        wrong.append(f"suggestions: {len(items)} items, {MOST_SUGGESTIONS} are allowed")
    if wrong:
        raise InvalidReply(wrong)
    return Reply(suggestions=items)


def _addon_action(gesture: Gesture, action: Mapping[str, Any]) -> Reply:
    notification = action.get("notification", {}).get("text")
    reply = Reply(notification=notification)
    for step in action.get("navigations", []):
        if "pushCard" in step or "updateCard" in step:
            card = step.get("pushCard") or step.get("updateCard")
            reply = replace(reply, dialog=_dialog(gesture, card))
        elif _closes(step.get("endNavigation")):
            reply = replace(reply, close=True)
        else:
            raise InvalidReply([f"navigations: {sorted(step)}"])
    return reply


def _closes(end: Any) -> bool:
    return isinstance(end, Mapping) and end.get("action") in ("CLOSE_DIALOG", "CLOSE_DIALOG_AND_EXECUTE")


def _addon_data(gesture: Gesture, data: Mapping[str, Any], shown: Reply) -> Reply:
    if "updateMessageAction" in data:
        if not (gesture.kind == "CARD_CLICKED" and gesture.message):
            raise InvalidReply([NO_CARD_CLICKED])
        message, update = data["updateMessageAction"].get("message"), True
    elif "updateInlinePreviewAction" in data:
        return _preview(gesture, _object(data["updateInlinePreviewAction"]))
    elif "createMessageAction" in data:
        message, update = data["createMessageAction"].get("message"), False
    else:
        raise InvalidReply([f"chatDataAction: {sorted(data)}"])
    close = shown.close or (_in_dialog(gesture) and not shown.dialog)
    return replace(shown, message=_checked(_object(message)), update=update, close=close)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidReply(["the reply is no JSON object"])
    return dict(camel(body))


def _checked(message: dict[str, Any]) -> dict[str, Any]:
    found = problems(message)
    if found:
        raise InvalidReply(found)
    return message


def _in_dialog(gesture: Gesture) -> bool:
    return gesture.dialog == "SUBMIT_DIALOG"


def _dialog(gesture: Gesture, card: Any) -> dict[str, Any]:
    if gesture.dialog not in ("REQUEST_DIALOG", "SUBMIT_DIALOG"):
        raise InvalidReply([NO_DIALOG_ASKED])
    found = problems(_object(card), place="dialog")
    if found:
        raise InvalidReply(found)
    return _object(card)
