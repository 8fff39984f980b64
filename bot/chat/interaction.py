"""Interactions: what somebody did in Chat, in any dialect."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Dialect(StrEnum):
    """The format of a body and of its answer; home is the classic app's home tab."""

    CLASSIC = "classic"
    ADDON = "addon"
    HOME = "home"


class InteractionKind(StrEnum):
    """What somebody did."""

    MESSAGE = "message"
    COMMAND = "command"
    MESSAGE_ACTION = "message_action"
    ADDED = "added"
    REMOVED = "removed"
    CLICK = "click"
    DIALOG_SUBMIT = "dialog_submit"
    DIALOG_CANCEL = "dialog_cancel"
    WIDGET = "widget"
    HOME = "home"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChatUser:
    """The person who did it. `name` is Chat's `users/123`, `email` is lower case; both may be empty."""

    name: str = ""
    email: str = ""
    display_name: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class ChatSpace:
    """Where it was done. `name` is Chat's `spaces/AAAA`; `is_dm`: only this person and the app are there.

    `lets_outsiders_in`: people from outside the organisation may be members (`Space.externalUserAllowed`,
    https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces).
    """

    name: str = ""
    title: str = ""
    is_dm: bool = False
    lets_outsiders_in: bool = False


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that somebody did in Chat.

    `text` is the message without mention and command. `do` names the action of a button, `parameters` are
    that button's, `inputs` hold the form (`{name: [value, ...]}`, days as milliseconds, times `HH:MM`).
    `message_name` is the message sent, clicked or chosen; `on_private`: only one person sees the clicked
    message; `is_by_person`: a person wrote it. `author` is the name of who wrote the message that somebody
    else chose (a message action), empty if it is not known. `opens_dialog`: Chat waits for a dialog.
    `matched_url` is the address in a person's message that Chat asks us to unfold, empty if there is none.
    `event_time` is the text that Chat sent. `locale` is the person's (`en`, `de-CH`), empty if unknown.
    `timezone` is theirs, too, empty where Chat does not tell it.
    """

    kind: InteractionKind
    dialect: Dialect
    user: ChatUser = ChatUser()
    space: ChatSpace = ChatSpace()
    message_name: str = ""
    thread: str = ""
    text: str = ""
    command_id: int | None = None
    do: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, list[str]] = field(default_factory=dict)
    opens_dialog: bool = False
    on_private: bool = False
    is_by_person: bool = False
    author: str = ""
    matched_url: str = ""
    event_time: str = ""
    locale: str = ""
    timezone: str = ""

    @property
    def key(self) -> str | None:
        """Return a key that is the same for every repeat of one interaction; None if it has no time."""
        if not self.event_time:
            return None
        action = [self.do, *(f"{name}={value}" for name, value in sorted(self.parameters.items()))]
        parts = [self.user.name, self.space.name, self.message_name, self.event_time, self.kind]
        whole_key = "\0".join([*parts, str(self.command_id), *action])
        return hashlib.sha256(whole_key.encode("utf-8", "replace")).hexdigest()
