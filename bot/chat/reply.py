"""Our replies, and how each dialect encodes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.chat.interaction import Dialect, Interaction, InteractionKind
from bot.text.format import disarm
from bot.widgets import Card, Message, Option
from bot.widgets.buttons import Pen
from bot.widgets.inputs import MOST_OPTIONS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Say:
    """A new message; in a space only the asking person sees it, unless `to_all`.

    `keep_clicked`: it does not replace the clicked card, because others see that card too.
    """

    message: Message
    to_all: bool = False
    keep_clicked: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Replaces the clicked card with its present state."""

    message: Message


@dataclass(frozen=True, slots=True)
class Open:
    """Opens a dialog; from within a dialog, the next one."""

    card: Card


@dataclass(frozen=True, slots=True)
class Close:
    """Closes the dialog, with a short notification."""

    notification: str


@dataclass(frozen=True, slots=True)
class Warn:
    """Shows a short message over the dialog and leaves it open, with all that was typed."""

    notification: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Offers options for what somebody types into a choice that searches (`Choice.search`)."""

    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Only acknowledges the interaction."""


@dataclass(frozen=True, slots=True)
class AfterReading:
    """A reply that has to write first: `finish` makes it, once the handler's own transaction is over."""

    finish: Callable[[], Reply]


Reply = Say | Update | Open | Close | Warn | Suggest | Nothing


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """A reply with a secret: `shown` is sent and kept nowhere; a repeat is answered with `afterwards`."""

    shown: Say
    afterwards: Say


_UNANSWERED: Final = (InteractionKind.REMOVED, InteractionKind.UNKNOWN)


def fit_reply(reply: Reply, interaction: Interaction) -> Reply:
    """Return the kind of reply that Chat accepts here.

    Where Chat waits for a dialog, a card becomes one. A click outside a dialog updates its card. A dialog
    that was opened from a public card is answered privately.
    """
    if interaction.kind in _UNANSWERED:
        return Nothing()
    if interaction.kind is InteractionKind.WIDGET:  # Chat takes nothing else there
        return reply if isinstance(reply, Suggest) else Suggest(())
    if interaction.opens_dialog and isinstance(reply, Say | Update) and reply.message.card:
        return Open(reply.message.card)
    if interaction.kind is InteractionKind.CLICK and isinstance(reply, Say) and not reply.keep_clicked:
        return Update(reply.message)
    if (
        interaction.kind is InteractionKind.DIALOG_SUBMIT
        and isinstance(reply, Update)
        and not _is_own_card(interaction)
    ):
        return Say(reply.message)
    return reply


def _is_own_card(interaction: Interaction) -> bool:
    seen_by_one = interaction.on_private or interaction.space.is_dm
    return bool(interaction.message_name) and seen_by_one and not interaction.is_by_person


def encode_reply(reply: Reply, interaction: Interaction, endpoint: str) -> Json:
    """Return the response body for `interaction` in its own dialect; buttons call `endpoint`."""
    fitted = fit_reply(reply, interaction)
    if interaction.dialect is Dialect.CLASSIC:
        return _encode_classic(fitted, interaction, endpoint)
    if interaction.dialect is Dialect.HOME:
        return _encode_home(fitted, interaction, endpoint)
    return _encode_addon(fitted, interaction, endpoint)


def _encode_message(reply: Say | Update, interaction: Interaction, endpoint: str) -> Json:
    """Encode the message. Chat threads replies by itself, and fails if a thread is named here."""
    is_private = interaction.on_private if isinstance(reply, Update) else not reply.to_all
    is_private = is_private and not interaction.space.is_dm and interaction.user.name.startswith("users/")
    viewer = interaction.user.name if is_private else None
    return replace(reply.message, thread_key=None, private_to=viewer).as_chat(endpoint)


def _encode_classic(reply: Reply, interaction: Interaction, endpoint: str) -> Json:
    match reply:
        case Say():
            drawn = _encode_message(reply, interaction, endpoint)
            answers_click = interaction.kind in {InteractionKind.CLICK, InteractionKind.DIALOG_SUBMIT}
            return {"actionResponse": {"type": "NEW_MESSAGE"}, **drawn} if answers_click else drawn
        case Update():
            how = "UPDATE_USER_MESSAGE_CARDS" if interaction.is_by_person else "UPDATE_MESSAGE"
            return {"actionResponse": {"type": how}, **_encode_message(reply, interaction, endpoint)}
        case Open():
            dialog = {"dialog": {"body": reply.card.as_dialog(endpoint)}}
            return {"actionResponse": {"type": "DIALOG", "dialogAction": dialog}}
        case Close() | Warn():
            # The status is the name of an enum: with 200 or "200" the dialog stays open.
            return _dialog_status("OK" if isinstance(reply, Close) else "UNAVAILABLE", reply.notification)
        case Suggest():
            suggestions = {"items": _encode_options(reply, endpoint)}
            updated = {"type": "UPDATE_WIDGET", "updatedWidget": {"suggestions": suggestions}}
            return {"actionResponse": updated}
        case Nothing():
            return {}


def _dialog_status(code: str, notification: str) -> Json:
    """Return a status: `OK` closes the dialog, any other leaves it open."""
    status = {"statusCode": code, "userFacingMessage": disarm(notification)}
    return {"actionResponse": {"type": "DIALOG", "dialogAction": {"actionStatus": status}}}


def _encode_addon(reply: Reply, interaction: Interaction, endpoint: str) -> Json:
    match reply:
        case Say():
            return _data_action(
                "createMessageAction", {"message": _encode_message(reply, interaction, endpoint)}
            )
        case Update():
            return _encode_addon_update(reply, interaction, endpoint)
        case Open():
            return _navigate(pushCard=reply.card.as_dialog(endpoint))
        case Close() | Warn():
            return _close_dialog(reply.notification, leaves_open=isinstance(reply, Warn))
        case Suggest():
            return _encode_addon_suggestions(reply, endpoint)
        case Nothing():
            # An add-on shows an error if a click is answered by {}.
            is_pressed = interaction.kind in {InteractionKind.CLICK, InteractionKind.DIALOG_CANCEL}
            return _close_dialog("") if is_pressed else {}


def _encode_addon_update(reply: Update, interaction: Interaction, endpoint: str) -> Json:
    drawn = _encode_message(reply, interaction, endpoint)
    if interaction.is_by_person:
        return _data_action("updateInlinePreviewAction", {"cardsV2": drawn["cardsV2"]})
    return _data_action("updateMessageAction", {"message": drawn})


def _encode_home(reply: Reply, interaction: Interaction, endpoint: str) -> Json:
    """Encode for the home tab, where a card is pushed or replaced and messages do not exist."""
    match reply:
        case Say() | Update():
            drawn = reply.message.as_chat(endpoint)
            how = "pushCard" if interaction.kind is InteractionKind.HOME else "updateCard"
            return _navigate(**{how: drawn["cardsV2"][0]["card"]})
        case Open():
            return _navigate(pushCard=reply.card.as_dialog(endpoint))
        case Close() | Warn():
            return _close_dialog(reply.notification, leaves_open=isinstance(reply, Warn))
        case Suggest():
            return _encode_addon_suggestions(reply, endpoint)
        case Nothing():
            return {}


def _encode_options(reply: Suggest, endpoint: str) -> list[Json]:
    return [option.draw(Pen(endpoint)) for option in reply.options[:MOST_OPTIONS]]


def _encode_addon_suggestions(reply: Suggest, endpoint: str) -> Json:
    """Encode as in Google's samples (`add-ons-samples`, node/chat/selection-input)."""
    suggestions = {"suggestions": _encode_options(reply, endpoint)}
    step = {"updateWidget": {"selectionInputWidgetSuggestions": suggestions}}
    return {"action": {"modifyOperations": [step]}}


def _data_action(name: str, action: Json) -> Json:
    return {"hostAppDataAction": {"chatDataAction": {name: action}}}


def _navigate(**step: Any) -> Json:
    return {"action": {"navigations": [step]}}


def _close_dialog(notification: str, *, leaves_open: bool = False) -> Json:
    drawn: Json = {"action": {}} if leaves_open else _navigate(endNavigation={"action": "CLOSE_DIALOG"})
    if notification:
        drawn["action"]["notification"] = {"text": disarm(notification)}
    return drawn
