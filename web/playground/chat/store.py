"""The data of the simulated Chat: people, spaces, messages, threads, open dialogs."""

import itertools
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from web.playground.people import Person
from web.playground.ticker import Ticker

APP = {"name": "users/100000000000000000001", "displayName": "Pipenotify", "type": "BOT"}

SILENT = "NOTIFICATION_TYPE_SILENT"


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class StoredSpace:
    """A room or a direct message; `webhooks` maps the key of an incoming webhook to its token."""

    name: str
    title: str = ""
    direct: bool = False
    members: set[str] = field(default_factory=set)
    app_is_member: bool = True
    webhooks: dict[str, str] = field(default_factory=dict)

    def resource(self) -> dict[str, Any]:
        if self.direct:
            kind = {"type": "DM", "spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}
            return {"name": self.name, **kind, "spaceThreadingState": "UNTHREADED_MESSAGES"}
        kind = {"type": "ROOM", "spaceType": "SPACE", "displayName": self.title}
        count = {"membershipCount": {"joinedDirectHumanUserCount": len(self.members)}}
        return {"name": self.name, **kind, "spaceThreadingState": "THREADED_MESSAGES", **count}


@dataclass(slots=True)
class StoredMessage:
    """One message; `content` holds what its author wrote (text, cardsV2, fallbackText, ...).

    `notification`: how its author asked Chat to notify people, empty for as usual.
    """

    name: str
    space: StoredSpace
    sender: Mapping[str, Any]
    content: dict[str, Any]
    thread: dict[str, str]
    created: str
    updated: str | None = None
    viewer: str | None = None
    client_id: str | None = None
    error: bool = False
    notification: str = ""

    def resource(self) -> dict[str, Any]:
        shown = {"name": self.name, "sender": dict(self.sender), "createTime": self.created, **self.content}
        shown |= {"thread": self.thread, "space": self.space.resource()}
        optional = {
            "lastUpdateTime": self.updated,
            "clientAssignedMessageId": self.client_id,
            "privateMessageViewer": {"name": self.viewer} if self.viewer else None,
            "error": self.error or None,
            "silent": self.notification == SILENT or None,
        }
        return shown | {key: value for key, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Dialog:
    """A person's open dialog: its message (none if from a command) and its thread."""

    space: str
    message: str | None
    thread: str | None
    card: dict[str, Any]

    def resource(self) -> dict[str, Any]:
        return {"space": self.space, "message": self.message, "card": self.card}


class ChatStore:
    """All data, under one lock; every visible change advances the ticker.

    `threads` maps (space, author, threadKey) to a thread, `requests` (space, caller, requestId) to a message.
    """

    def __init__(self, ticker: Ticker | None = None) -> None:
        self.ticker = ticker or Ticker()
        self.lock = RLock()
        self.people: dict[str, Person] = {}
        self.spaces: dict[str, StoredSpace] = {}
        self.dialogs: dict[str, Dialog] = {}
        self._messages: dict[str, dict[str, StoredMessage]] = {}
        self._by_client_id: dict[tuple[str, str], StoredMessage] = {}
        self.threads: dict[tuple[str, str, str], str] = {}
        self.requests: dict[tuple[str, str, str], StoredMessage] = {}
        self._run = secrets.token_hex(3)
        self._count = itertools.count(1)

    def add_person(self, person: Person) -> Person:
        self.people[person.name] = person
        return person

    def add_space(self, space: StoredSpace) -> StoredSpace:
        with self.lock:
            self.spaces[space.name] = space
            self._messages.setdefault(space.name, {})
        self.ticker.tick()
        return space

    def replace(
        self,
        spaces: Iterable[StoredSpace],
        messages: Iterable[StoredMessage],
        threads: Mapping[tuple[str, str, str], str],
    ) -> None:
        """Replace everything by what an earlier run kept; messages are in their order."""
        with self.lock:
            self.spaces = {one.name: one for one in spaces}
            self._messages = {name: {} for name in self.spaces}
            self._by_client_id, self.threads, self.requests = {}, dict(threads), {}
            for message in messages:
                self._keep(message)
        self.ticker.tick()

    def _keep(self, message: StoredMessage) -> None:
        self._messages[message.space.name][message.name] = message
        if message.client_id:
            self._by_client_id[message.space.name, message.client_id] = message

    def new_thread(self, space: str) -> str:
        return f"{space}/threads/{self._run}{next(self._count):06d}"

    def has_thread(self, space: str, name: str) -> bool:
        return any(message.thread["name"] == name for message in self._messages[space].values())

    def thread_of_key(self, space: str, author: str, key: str) -> str | None:
        """The thread that this author opened under `key`, if any."""
        return self.threads.get((space, author, key))

    def remember_thread(self, space: str, author: str, key: str, thread: str) -> None:
        self.threads[space, author, key] = thread

    def post(
        self, space: StoredSpace, sender: Mapping[str, Any], content: dict[str, Any], **more: Any
    ) -> StoredMessage:
        """Add a message; `more` are fields of Message (thread, viewer, client_id, error)."""
        more.setdefault("thread", {"name": self.new_thread(space.name)})
        with self.lock:
            name = self._message_name(space.name, more["thread"]["name"])
            message = StoredMessage(name, space, sender, content, created=now_text(), **more)
            self._keep(message)
        self.ticker.tick()
        return message

    def _message_name(self, space: str, thread: str) -> str:
        """As Chat names messages: `T.T` is the first of the thread `T`, any other is `T.M`."""
        begun = thread.rpartition("/")[2]
        first = f"{space}/messages/{begun}.{begun}"
        if first not in self._messages[space]:
            return first
        return f"{space}/messages/{begun}.{self._run}{next(self._count):06d}"

    def edit(self, message: StoredMessage, content: dict[str, Any]) -> None:
        with self.lock:
            message.content, message.updated = content, now_text()
        self.ticker.tick()

    def delete(self, message: StoredMessage) -> None:
        with self.lock:
            self._messages[message.space.name].pop(message.name, None)
            if message.client_id:
                self._by_client_id.pop((message.space.name, message.client_id), None)
        self.ticker.tick()

    def find(self, name: str) -> StoredMessage | None:
        """Find a message by its name, also by the one with a client-assigned id."""
        space, _, unique = name.partition("/messages/")
        return self._messages.get(space, {}).get(name) or self._by_client_id.get((space, unique))

    def messages(self, space: str | None = None) -> list[StoredMessage]:
        """The messages of one space, or of all, oldest first."""
        with self.lock:
            chosen = [self._messages.get(space, {})] if space else list(self._messages.values())
            return [message for one in chosen for message in one.values()]

    def visible(self, space: str, viewer: str) -> list[StoredMessage]:
        return [message for message in self.messages(space) if message.viewer in (None, viewer)]

    def open_dialog(self, viewer: str, dialog: Dialog | None) -> None:
        """Show this dialog to a viewer (see `viewer_in`); None closes the open one."""
        with self.lock:
            if dialog:
                self.dialogs[viewer] = dialog
            else:
                self.dialogs.pop(viewer, None)
        self.ticker.tick()


def viewer_in(person: str, window: str) -> str:
    """A person in one window of their browser: a dialog opens only where it was asked for."""
    return f"{person} {window}" if window else person
