"""What people see of an app's reply: a message, an updated card, a dialog, or Chat's error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from web.playground.chat.events import Gesture
from web.playground.chat.replies import InvalidReply, Reply, read_addon, read_classic
from web.playground.chat.rest import content_of
from web.playground.chat.store import APP, ChatStore, Dialog, StoredMessage, viewer_in


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an action; `kind`: message, updated, dialog, closed, options, nothing, refused or failed.

    `options` are what a choice offers to what was typed.
    """

    kind: str
    message: dict[str, Any] | None = None
    dialog: dict[str, Any] | None = None
    notification: str | None = None
    options: list[dict[str, Any]] | None = None
    problems: list[str] = field(default_factory=list)
    status: int | None = None
    reply: Any = None
    gesture: Gesture | None = None

    def plain(self) -> dict[str, Any]:
        """The outcome as JSON for the page."""
        shown = {
            name: getattr(self, name) for name in ("message", "dialog", "notification", "options", "status")
        }
        known = {name: value for name, value in shown.items() if value is not None}
        return {"kind": self.kind, "problems": self.problems, **known}


NOTHING = Outcome("nothing")


class Screen:
    """Applies replies to the store."""

    def __init__(self, store: ChatStore) -> None:
        self.store = store

    def show(self, gesture: Gesture, answer: httpx.Response, *, is_addon: bool) -> Outcome:
        """Apply the reply, or show Chat's error; the outcome says which."""
        if not answer.is_success:
            return self.failed(gesture, f"HTTP {answer.status_code}", answer.status_code)
        try:
            body = answer.json()
            reply = (read_addon if is_addon else read_classic)(gesture, body)
        except InvalidReply as refused:
            return self._refused(gesture, refused.problems, answer)
        except (ValueError, AttributeError, TypeError) as broken:
            return self._refused(gesture, [f"the reply cannot be read: {broken}"], answer)
        outcome = self._apply(gesture, reply)
        return replace(outcome, status=answer.status_code, reply=body, gesture=gesture)

    def _apply(self, gesture: Gesture, reply: Reply) -> Outcome:
        if gesture.kind == "REMOVED_FROM_SPACE" or gesture.dialog == "CANCEL_DIALOG":
            return NOTHING
        if reply.suggestions is not None:
            return Outcome("options", options=reply.suggestions)
        user, notification = viewer_in(str(gesture.user["name"]), gesture.window), reply.notification
        shown = self._write(gesture, reply)
        if reply.dialog:
            over = gesture.message or {}
            thread = over.get("thread", {}).get("name")
            dialog = Dialog(str(gesture.space["name"]), over.get("name"), thread, reply.dialog)
            self.store.open_dialog(user, dialog)
            return Outcome("dialog", message=shown, dialog=dialog.resource(), notification=notification)
        if reply.close:
            self.store.open_dialog(user, None)
        if shown:
            return Outcome("updated" if reply.update else "message", message=shown, notification=notification)
        return Outcome("closed" if reply.close else "nothing", notification=notification)

    def _write(self, gesture: Gesture, reply: Reply) -> dict[str, Any] | None:
        if reply.message is None:
            return None
        if reply.update and gesture.message:
            clicked = self.store.find(gesture.message["name"])
            if clicked:
                is_preview = clicked.sender["type"] == "HUMAN"  # below what the person wrote
                kept = clicked.content if is_preview else {}
                self.store.edit(clicked, kept | content_of(reply.message))
                return clicked.resource()
        return self._post(gesture, reply.message).resource()

    def _post(self, gesture: Gesture, message: Mapping[str, Any], **more: Any) -> StoredMessage:
        room = self.store.spaces[str(gesture.space["name"])]
        if gesture.message:
            more["thread"] = {"name": gesture.message["thread"]["name"]}
        viewer = message.get("privateMessageViewer", {}).get("name")
        return self.store.post(room, APP, content_of(dict(message)), viewer=viewer, **more)

    def failed(self, gesture: Gesture, why: str, status: int | None = None) -> Outcome:
        """There was no 2xx reply in time."""
        self._complain(gesture, "is not responding")
        return Outcome("failed", problems=[why], status=status, gesture=gesture)

    def _refused(self, gesture: Gesture, problems: list[str], answer: httpx.Response) -> Outcome:
        self._complain(gesture, "is unable to process your request")
        return Outcome(
            "refused", problems=problems, status=answer.status_code, reply=answer.text, gesture=gesture
        )

    def _complain(self, gesture: Gesture, what: str) -> None:
        if gesture.kind in ("REMOVED_FROM_SPACE", "WIDGET_UPDATED"):
            return
        private = {"name": gesture.user["name"]}
        text = f"{APP['displayName']} {what}"
        self._post(gesture, {"text": text, "privateMessageViewer": private}, error=True)
