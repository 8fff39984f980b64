"""The users' side of Chat: each action becomes a signed event that the app answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from web.playground.chat.buttons import action_with, labelled
from web.playground.chat.events import QUERY, Gesture, addon, classic, slash_text
from web.playground.chat.screen import NOTHING, Outcome, Screen
from web.playground.chat.store import ChatStore, StoredSpace, now_text, viewer_in
from web.playground.google.tokens import ADDON_SENDER, TokenSigner
from web.playground.people import Person

REPLY_WITHIN_S = 30.0  # Chat waits no longer (facts: DOC receive-respond-interactions)


@dataclass(slots=True)
class AppSettings:
    """The app's configuration at Google: the URL, dialect and audience of its events.

    `audience` None means the endpoint URL itself; digits mean the project number (classic only).
    `link_hosts` are the hosts whose links the app unfolds, with their subdomains.
    """

    url: str = ""
    dialect: str = "classic"
    audience: str | None = None
    addon_email: str = ADDON_SENDER
    commands: list[dict[str, Any]] = field(default_factory=list)
    link_hosts: tuple[str, ...] = ("pipedrive.com",)

    def link_in(self, text: str) -> str:
        """Return the first link in a message that the app unfolds, empty if there is none."""
        for word in text.split():
            host = urlsplit(word).hostname or "" if word.startswith("https://") else ""
            if any(host == each or host.endswith(f".{each}") for each in self.link_hosts):
                return word
        return ""


class ChatClient:
    """Every action of a person in Chat; calls block until the app has answered."""

    def __init__(self, store: ChatStore, signer: TokenSigner, app: AppSettings) -> None:
        self.store = store
        self.signer = signer
        self.app = app
        self.screen = Screen(store)
        self.outcomes: list[Outcome] = []
        self._http = httpx.Client(timeout=REPLY_WITHIN_S, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def say(
        self, space: str, user: str, text: str, thread: str | None = None, *, window: str = ""
    ) -> Outcome:
        """Type a message. The app gets slash commands, mentions, its links and all in a direct message."""
        room, person = self._place(space, user)
        ids = {one["name"]: one["id"] for one in self.app.commands if one["type"] == "SLASH_COMMAND"}
        command, extra = slash_text(text, ids)
        more: dict[str, Any] = {"thread": {"name": thread}} if thread else {}
        viewer = user if command is not None and not room.direct else None
        message = self.store.post(room, person.resource(), {"text": text}, viewer=viewer, **more)
        link = self.app.link_in(text) if command is None else ""
        extra |= {"matchedUrl": {"url": link}} if link else {}
        heard = room.direct or command is not None or "annotations" in extra or bool(link)
        if not heard or not room.app_is_member:
            return NOTHING
        resource = message.resource() | extra
        called = (command, "SLASH_COMMAND") if command is not None else None
        return self.send(
            self._gesture("MESSAGE", room, person, message=resource, command=called, window=window)
        )

    def quick_command(self, space: str, user: str, command_id: int, *, window: str = "") -> Outcome:
        room, person = self._place(space, user)
        opens = any(one["id"] == command_id and one.get("dialog") for one in self.app.commands)
        dialog = "REQUEST_DIALOG" if opens else None
        called = (command_id, "QUICK_COMMAND")
        more = {"command": called, "dialog": dialog, "window": window}
        return self.send(self._gesture("APP_COMMAND", room, person, **more))

    def message_action(
        self, space: str, user: str, message: str, command_id: int, *, window: str = ""
    ) -> Outcome:
        """Choose a message action in the menu of a message that the person sees; the app gets the message."""
        room, person = self._place(space, user)
        found = self.store.find(message)
        if not found or found.viewer not in (None, user):
            raise ValueError(f"{user} sees no message {message}")
        called = (command_id, "MESSAGE_ACTION")
        more = {"message": found.resource(), "command": called, "window": window}
        return self.send(self._gesture("APP_COMMAND", room, person, **more))

    def added_to_space(self, space: str, user: str) -> Outcome:
        room, person = self._place(space, user)
        room.app_is_member = True
        return self.send(self._gesture("ADDED_TO_SPACE", room, person))

    def removed(self, space: str, user: str) -> Outcome:
        room, person = self._place(space, user)
        room.app_is_member = False
        self.store.ticker.tick()
        return self.send(self._gesture("REMOVED_FROM_SPACE", room, person))

    def click(
        self,
        space: str,
        user: str,
        message: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",
    ) -> Outcome:
        """Press the button of `message` with these parameters; if there is none, this is a forged click."""
        room, person = self._place(space, user)
        found = self.store.find(message)
        if not found or found.viewer not in (None, user):
            raise ValueError(f"{user} sees no message {message}")
        action = action_with(found.content, parameters)
        opens = action.get("interaction") == "OPEN_DIALOG"
        return self.send(
            self._gesture(
                "CARD_CLICKED",
                room,
                person,
                message=found.resource(),
                function=action.get("function", self.app.url),
                parameters=parameters,
                inputs=inputs or {},
                dialog="REQUEST_DIALOG" if opens else None,
                window=window,
            )
        )

    def press(self, space: str, user: str, message: str, label: str, **inputs: Any) -> Outcome:
        """Press the button with the text `label`; raises ValueError if the card has none."""
        found = self.store.find(message)
        return self.click(space, user, message, labelled(found.content if found else {}, label), inputs)

    def submit_dialog(
        self,
        user: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",
    ) -> Outcome:
        """Press the button of the dialog that is open in this window, with these parameters."""
        return self._in_dialog(user, window, "SUBMIT_DIALOG", parameters, inputs or {})

    def press_in_dialog(self, user: str, label: str, **inputs: Any) -> Outcome:
        dialog = self.store.dialogs.get(user)
        return self.submit_dialog(user, labelled(dialog.card if dialog else {}, label), inputs)

    def cancel_dialog(self, user: str, *, window: str = "") -> Outcome:
        """Close the dialog by its cross; the app gets an event, its reply is ignored."""
        outcome = self._in_dialog(user, window, "CANCEL_DIALOG", {}, {})
        self.store.open_dialog(viewer_in(user, window), None)
        return outcome

    def _in_dialog(
        self, user: str, window: str, kind: str, parameters: Mapping[str, str], inputs: Mapping[str, Any]
    ) -> Outcome:
        dialog = self.store.dialogs.get(viewer_in(user, window))
        if not dialog:
            raise ValueError(f"{user} has no dialog open")
        room, person = self._place(dialog.space, user)
        action = action_with(dialog.card, parameters)
        over = self.store.find(dialog.message) if dialog.message else None
        return self.send(
            self._gesture(
                "CARD_CLICKED",
                room,
                person,
                message=over.resource() if over else None,
                function=action.get("function", self.app.url),
                parameters=parameters,
                inputs=inputs,
                dialog="REQUEST_DIALOG" if action.get("interaction") == "OPEN_DIALOG" else kind,
                window=window,
            )
        )

    def autocomplete(
        self, space: str, user: str, parameters: Mapping[str, str], query: str, *, window: str = ""
    ) -> Outcome:
        """Type into a choice whose options the app searches; `parameters` are those of its source."""
        room, person = self._place(space, user)
        asked = {**parameters, QUERY: query}
        more = {"function": self.app.url, "parameters": asked, "window": window}
        return self.send(self._gesture("WIDGET_UPDATED", room, person, **more))

    def send(self, gesture: Gesture) -> Outcome:
        """Send the event to the app and show its reply; sending it again simulates Chat's retries."""
        token = self._token()
        is_addon = self.app.dialect == "addon"
        event = addon(gesture, token) if is_addon else classic(gesture)
        agent = "Google-gsuiteaddons" if is_addon else "Google-Dynamite"
        headers = {"Authorization": f"Bearer {token}", "User-Agent": agent}
        try:
            answer = self._http.post(self.app.url, json=event, headers=headers)
        except httpx.HTTPError as failure:
            outcome = self.screen.failed(gesture, f"{type(failure).__name__}: {failure}")
        else:
            outcome = self.screen.show(gesture, answer, is_addon=is_addon)
        self.outcomes.append(outcome)
        return outcome

    def _token(self) -> str:
        if self.app.dialect == "addon":
            return self.signer.endpoint_token(self.app.audience or self.app.url, self.app.addon_email)
        return self.signer.chat_token(self.app.audience or self.app.url)

    def _place(self, space: str, user: str) -> tuple[StoredSpace, Person]:
        room, person = self.store.spaces.get(space), self.store.people.get(user)
        if not room or not person or user not in room.members:
            raise ValueError(f"{user} is not in {space}")
        return room, person

    def _gesture(self, kind: str, room: StoredSpace, person: Person, **more: Any) -> Gesture:
        return Gesture(kind, room.resource(), person.resource(), now_text(), **more)
