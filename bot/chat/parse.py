"""Parses what Google Chat sends, in any of its dialects, into one Interaction.

Real bodies differ from the documentation: numbers as floats, flags as text, keys that come and go. So only a
body that is no JSON object is refused; any other unreadable value counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.chat.inputs import read_inputs, read_parameters
from bot.chat.interaction import ChatSpace, ChatUser, Dialect, Interaction, InteractionKind
from bot.chat.json_values import Json, as_flag, as_integer, as_list, as_mapping, as_text
from models.errors import InvalidRequest


class UnreadableInteraction(InvalidRequest):
    """Raised when a body is no JSON object."""


CLASSIC_KINDS: Final = {
    "MESSAGE": InteractionKind.MESSAGE,
    "APP_COMMAND": InteractionKind.COMMAND,
    "ADDED_TO_SPACE": InteractionKind.ADDED,
    "REMOVED_FROM_SPACE": InteractionKind.REMOVED,
    "CARD_CLICKED": InteractionKind.CLICK,
    "SUBMIT_FORM": InteractionKind.CLICK,
    "WIDGET_UPDATED": InteractionKind.WIDGET,
    "APP_HOME": InteractionKind.HOME,
}
ADDON_KINDS: Final = {
    "messagePayload": InteractionKind.MESSAGE,
    "appCommandPayload": InteractionKind.COMMAND,
    "addedToSpacePayload": InteractionKind.ADDED,
    "removedFromSpacePayload": InteractionKind.REMOVED,
    "buttonClickedPayload": InteractionKind.CLICK,
    "widgetUpdatedPayload": InteractionKind.WIDGET,
}
# https://developers.google.com/workspace/chat/commands: the message is then the one chosen in its menu.
_MESSAGE_ACTION: Final = "MESSAGE_ACTION"
_DIALOG_KINDS: Final = {
    "SUBMIT_DIALOG": InteractionKind.DIALOG_SUBMIT,
    "CANCEL_DIALOG": InteractionKind.DIALOG_CANCEL,
}
_OF_OTHERS: Final = (InteractionKind.CLICK, InteractionKind.MESSAGE_ACTION)  # who wrote it did not do it
_LONGEST_URL: Final = 2000
_DM_TYPES: Final = ("DM", "DIRECT_MESSAGE")


def parse_interaction(body: Any) -> Interaction:
    """Return what a body of either dialect means. Raises UnreadableInteraction if it is no object."""
    if not isinstance(body, dict):
        raise UnreadableInteraction(f"an interaction is a JSON object, not {type(body).__name__}")
    chat = as_mapping(body.get("chat"))
    if chat and "type" not in body:
        return _read_home(body, chat) if as_text(chat.get("type")) else _read_addon(body, chat)
    if as_text(body.get("type")) == "SUBMIT_FORM":
        return _read_home(body, body)
    kind = CLASSIC_KINDS.get(as_text(body.get("type")), InteractionKind.UNKNOWN)
    return _build_interaction(kind, Dialect.CLASSIC, body, body, as_mapping(body.get("space")))


def _read_addon(body: Json, chat: Json) -> Interaction:
    key = next((key for key in ADDON_KINDS if isinstance(chat.get(key), dict)), "")
    payload = as_mapping(chat.get(key))
    # Of the two spaces the payload's is newer, but often has fewer fields.
    space = {**as_mapping(chat.get("space")), **as_mapping(payload.get("space"))}
    envelope = {**body, "user": chat.get("user"), "eventTime": chat.get("eventTime")}
    return _build_interaction(
        ADDON_KINDS.get(key, InteractionKind.UNKNOWN), Dialect.ADDON, envelope, payload, space
    )


def _read_home(body: Json, chat: Json) -> Interaction:
    """Read what happens in a classic app's home tab: add-on format, but answers of its own."""
    kind = CLASSIC_KINDS.get(as_text(chat.get("type")), InteractionKind.UNKNOWN)
    envelope = {**body, "user": chat.get("user"), "eventTime": chat.get("eventTime")}
    return _build_interaction(kind, Dialect.HOME, envelope, chat, as_mapping(chat.get("space")))


def _build_interaction(
    kind: InteractionKind, dialect: Dialect, envelope: Json, payload: Json, space: Json
) -> Interaction:
    """Build an Interaction: `envelope` has who and when, `payload` what exactly."""
    message = as_mapping(payload.get("message"))
    common = as_mapping(envelope.get("commonEventObject")) or as_mapping(envelope.get("common"))
    sender = as_mapping(message.get("sender"))
    parameters = read_parameters(common, as_mapping(envelope.get("action")))
    inputs = read_inputs(common.get("formInputs"))
    command_id, is_command = _read_command(payload, message)
    kind = InteractionKind.COMMAND if kind is InteractionKind.MESSAGE and is_command else kind
    if kind is InteractionKind.COMMAND and _is_message_action(payload):
        kind = InteractionKind.MESSAGE_ACTION
    kind, opens_dialog = _apply_dialog(kind, payload, has_form=bool(inputs))
    return Interaction(
        kind=kind,
        dialect=dialect,
        user=_read_user(as_mapping(envelope.get("user")) or (sender if kind not in _OF_OTHERS else {})),
        space=_read_space({**as_mapping(message.get("space")), **space}),
        message_name=as_text(message.get("name"))[:255],
        thread=as_text(
            as_mapping(message.get("thread")).get("name") or as_mapping(payload.get("thread")).get("name")
        ),
        text=_plain_text(message),
        command_id=command_id,
        do=_action_name(parameters, common, as_mapping(envelope.get("action"))),
        parameters=parameters,
        inputs=inputs,
        opens_dialog=opens_dialog,
        on_private=bool(as_mapping(message.get("privateMessageViewer"))),
        author=_author(kind, sender, as_mapping(envelope.get("user"))),
        is_by_person=sender.get("type") == "HUMAN" or "matchedUrl" in message,
        matched_url=as_text(as_mapping(message.get("matchedUrl")).get("url"))[:_LONGEST_URL],
        event_time=as_text(envelope.get("eventTime")),
        locale=as_text(common.get("userLocale")),
        timezone=as_text(as_mapping(common.get("timeZone")).get("id"))[:64],
    )


def _read_user(user: Json) -> ChatUser:
    return ChatUser(
        name=as_text(user.get("name"))[:255],
        email=as_text(user.get("email")).strip().lower()[:320],
        display_name=as_text(user.get("displayName"))[:255],
        is_bot=user.get("type") == "BOT",
    )


def _read_space(space: Json) -> ChatSpace:
    kinds = {as_text(space.get("type")), as_text(space.get("spaceType"))} & {*_DM_TYPES}
    # A direct message between two people has the same type; the app is then a third participant.
    with_app = "DM" in kinds or space.get("singleUserBotDm") is not False
    return ChatSpace(
        name=as_text(space.get("name"))[:255],
        title=as_text(space.get("displayName"))[:255],
        is_dm=bool(kinds and with_app) or as_flag(space.get("singleUserBotDm")),
        lets_outsiders_in=as_flag(space.get("externalUserAllowed")),
    )


def _read_command(payload: Json, message: Json) -> tuple[int | None, bool]:
    """Return the command's id (None if unreadable), and whether this is a command at all."""
    metadata, slash = payload.get("appCommandMetadata"), message.get("slashCommand")
    found = as_integer(as_mapping(metadata).get("appCommandId"))
    return found or as_integer(as_mapping(slash).get("commandId")), bool(metadata or slash)


def _is_message_action(payload: Json) -> bool:
    return as_mapping(payload.get("appCommandMetadata")).get("appCommandType") == _MESSAGE_ACTION


def _author(kind: InteractionKind, sender: Json, user: Json) -> str:
    """Return the name of who wrote a chosen message, if somebody else chose it."""
    is_own = not sender.get("name") or sender.get("name") == user.get("name")
    if kind is not InteractionKind.MESSAGE_ACTION or is_own:
        return ""
    return as_text(sender.get("displayName")).strip()[:255]


def _apply_dialog(kind: InteractionKind, payload: Json, *, has_form: bool) -> tuple[InteractionKind, bool]:
    """Return the kind, adjusted for dialogs, and whether Chat waits for a dialog to open."""
    what = as_text(payload.get("dialogEventType"))
    if kind not in {InteractionKind.CLICK, InteractionKind.COMMAND, InteractionKind.MESSAGE_ACTION}:
        return kind, False
    if kind is InteractionKind.CLICK and what in _DIALOG_KINDS:
        return _DIALOG_KINDS[what], False
    if what == "REQUEST_DIALOG":
        return kind, True
    in_dialog = as_flag(payload.get("isDialogEvent"))
    if kind is InteractionKind.CLICK and in_dialog and has_form:
        return InteractionKind.DIALOG_SUBMIT, False
    return kind, in_dialog


def _action_name(parameters: Mapping[str, str], common: Json, action: Json) -> str:
    """Return the name of a button's action.

    Ours is the parameter `do`. Other fields hold it for cards made before a conversion to an add-on; the URL
    of our own endpoint there says nothing.
    """
    others = (common.get("invokedFunction"), action.get("actionMethodName"))
    named = (parameters.get("do"), *others, parameters.get("__action_method_name__"))
    return next((name for name in map(as_text, named) if name and "://" not in name), "")


def _plain_text(message: Json) -> str:
    """Return the message without the mention or the command before it."""
    if "argumentText" in message:
        return as_text(message["argumentText"]).strip()
    words = as_text(message.get("text"))
    if message.get("slashCommand"):
        return words.partition(" ")[2].strip() if words.startswith("/") else words.strip()
    return _without_mention(words, as_list(message.get("annotations"))).strip()


def _without_mention(words: str, notes: list[Any]) -> str:
    for note in map(as_mapping, notes):
        mentioned = as_mapping(as_mapping(note.get("userMention")).get("user"))
        if mentioned.get("type") == "BOT":
            start, length = as_integer(note.get("startIndex")) or 0, as_integer(note.get("length")) or 0
            return words[: max(start, 0)] + words[max(start + length, 0) :]
    return words
