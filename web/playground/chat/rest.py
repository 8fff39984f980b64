"""The Chat REST API: spaces and messages, with Google's refusals."""

import re
from collections.abc import Callable
from typing import Any

from web.playground.chat.card_rules import camel, problems
from web.playground.chat.quota import Quota
from web.playground.chat.store import APP, ChatStore, StoredMessage, StoredSpace
from web.playground.chat.threads import thread_for
from web.playground.google.errors import GoogleError
from web.playground.google.tokens import ServiceAccount
from web.playground.wire import Answer, Request, answer_json

CONTENT = ("text", "cardsV2", "fallbackText", "accessoryWidgets")
MASKS = {"text": "text", "cards_v2": "cardsV2", "cardsV2": "cardsV2", "accessory_widgets": "accessoryWidgets"}
MASKS["accessoryWidgets"] = "accessoryWidgets"
WEBHOOK = {"name": "users/100000000000000000002", "displayName": "Incoming webhook", "type": "BOT"}
NOTIFICATION = "createMessageNotificationOptions.notificationType"
NOTIFICATION_TYPES = tuple(f"NOTIFICATION_TYPE_{one}" for one in ("NONE", "FORCE_NOTIFY", "SILENT"))
_CLIENT_ID = re.compile(r"client-[a-z0-9-]{1,56}")
_PATH = re.compile(r"/v1/(spaces/[^/]+)(?:/(messages|members)(?:/([^/]+))?)?")


class ChatRest:
    """Answers `/v1/spaces...`. With `strict` off bodies are not checked (for benchmarks)."""

    def __init__(
        self, store: ChatStore, account: ServiceAccount, quota: Quota, *, strict: bool = True
    ) -> None:
        self.store = store
        self.account = account
        self.quota = quota
        self.strict = strict

    def answer(self, request: Request) -> Answer:
        """Raises GoogleError for everything that Google answers with an error."""
        if request.path in ("/v1/spaces", "/v1/spaces:findDirectMessage"):
            self._require_app(request)
            return answer_json(self._listing(request))
        match = _PATH.fullmatch(request.path)
        if not match:
            raise GoogleError(404, f"Not found: {request.path}")
        space_name, collection, item = match.groups()
        caller = self._caller(request, space_name)
        space = self._space(space_name, caller)
        if collection == "messages":
            return answer_json(self._messages(request, caller, space, item))
        if request.method != "GET" or item:
            raise GoogleError(404, f"Not found: {request.method} {request.path}")
        return answer_json(self._members(space) if collection else space.resource())

    def _require_app(self, request: Request) -> None:
        if not self.account.knows(request.bearer()):
            raise GoogleError(401, "Request had invalid authentication credentials.")

    def _caller(self, request: Request, space_name: str) -> str:
        """The caller: `app` by its bearer token, else the key of one of the space's incoming webhooks."""
        key, token = request.query.get("key"), request.query.get("token")
        if key is None or token is None:
            self._require_app(request)
            return "app"
        space = self.store.spaces.get(space_name)
        if not space or space.webhooks.get(key) != token or request.method != "POST":
            raise GoogleError(401, "The incoming webhook's key or token is not valid.")
        return key

    def _space(self, name: str, caller: str) -> StoredSpace:
        space = self.store.spaces.get(name)
        if not space:
            raise GoogleError(404, f"Space not found: {name}")
        if caller == "app" and not space.app_is_member:
            raise GoogleError(403, "The Chat app is not a member of this space.")
        return space

    def _listing(self, request: Request) -> dict[str, Any]:
        spaces = [space for space in list(self.store.spaces.values()) if space.app_is_member]
        if request.path == "/v1/spaces":
            return {"spaces": [space.resource() for space in spaces]}
        wanted = self._person(request.query.get("name", ""))
        for space in spaces:
            if space.direct and wanted in space.members:
                return space.resource()
        raise GoogleError(404, f"No direct message with {wanted or 'nobody'}.")

    def _person(self, name: str) -> str:
        """The person of `users/{id or e-mail}`: Google accepts both."""
        people = self.store.people.values()
        return next((each.name for each in people if name == f"users/{each.email}"), name)

    def _members(self, space: StoredSpace) -> dict[str, Any]:
        people = [self.store.people[name].resource() for name in sorted(space.members)]
        names = [f"{space.name}/members/{person['name'].removeprefix('users/')}" for person in people]
        rows = zip(names, people, strict=True)
        return {"memberships": [{"name": name, "state": "JOINED", "member": who} for name, who in rows]}

    def _messages(
        self, request: Request, caller: str, space: StoredSpace, item: str | None
    ) -> dict[str, Any]:
        if item is None:
            if request.method == "POST":
                return self._create(request, caller, space)
            if request.method == "GET":
                return {"messages": [message.resource() for message in self.store.messages(space.name)]}
            raise GoogleError(404, f"Not found: {request.method} {request.path}")
        verbs: dict[str, Callable[[Request, StoredSpace, str], dict[str, Any]]] = {
            "GET": self._get,
            "PATCH": self._patch,
            "PUT": self._patch,
            "DELETE": self._delete,
        }
        if request.method not in verbs:
            raise GoogleError(404, f"Not found: {request.method} {request.path}")
        return verbs[request.method](request, space, item)

    def _create(self, request: Request, caller: str, space: StoredSpace) -> dict[str, Any]:
        self.quota.spend(space.name)
        client_id = request.query.get("messageId")
        if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
            raise GoogleError(400, f"Invalid messageId {client_id!r}: client- and up to 56 of a-z, 0-9, -")
        body = self._body(request)
        with self.store.lock:
            again = self.store.requests.get((space.name, caller, request.query.get("requestId", "")))
            if again and self.store.find(again.name):
                return again.resource()
            if client_id and self.store.find(f"{space.name}/messages/{client_id}"):
                raise GoogleError(409, f"Message {client_id} already exists.")
            message = self._post(request, caller, space, body, client_id)
        if caller == "app":
            return message.resource()
        return {"name": message.name, "thread": {"name": message.thread["name"]}}

    def _post(
        self, request: Request, caller: str, space: StoredSpace, body: dict[str, Any], client_id: str | None
    ) -> StoredMessage:
        thread = thread_for(
            self.store, space, caller, body.get("thread", {}), request.query.get("messageReplyOption")
        )
        viewer = body.get("privateMessageViewer", {}).get("name")
        if viewer and (caller != "app" or viewer not in space.members):
            raise GoogleError(400, "privateMessageViewer: app authentication, and a member of the space")
        sender = APP if caller == "app" else WEBHOOK
        more = {"viewer": viewer, "client_id": client_id, "notification": _notification(request, caller)}
        message = self.store.post(space, sender, content_of(body), thread=thread, **more)
        if "requestId" in request.query:
            self.store.requests[space.name, caller, request.query["requestId"]] = message
        return message

    def _body(self, request: Request) -> dict[str, Any]:
        """The message of a write; raises GoogleError 400 that names every problem."""
        try:
            body = request.json()
        except ValueError:
            raise GoogleError(400, "Invalid JSON payload received.") from None
        if not isinstance(body, dict):
            raise GoogleError(400, "Invalid JSON payload received: a message is an object.")
        if not self.strict:
            return body
        found = problems(body)
        if "actionResponse" in body:
            found.append("actionResponse: only in the reply to an interaction")
        if found:
            raise GoogleError(400, "; ".join(found))
        return dict(camel(body))

    def _own(self, space: StoredSpace, item: str) -> StoredMessage:
        message = self.store.find(f"{space.name}/messages/{item}")
        if not message:
            raise GoogleError(404, f"Message not found: {item}")
        if message.sender["name"] != APP["name"]:
            raise GoogleError(403, "Only the app's own messages.")
        return message

    def _get(self, request: Request, space: StoredSpace, item: str) -> dict[str, Any]:  # noqa: ARG002 - one shape
        message = self.store.find(f"{space.name}/messages/{item}")
        if not message:
            raise GoogleError(404, f"Message not found: {item}")
        return message.resource()

    def _patch(self, request: Request, space: StoredSpace, item: str) -> dict[str, Any]:
        upsert = request.query.get("allowMissing") == "true" and _CLIENT_ID.fullmatch(item)
        if upsert and not self.store.find(f"{space.name}/messages/{item}"):
            request.query["messageId"] = item
            return self._create(request, "app", space)
        self.quota.spend(space.name)
        message, body = self._own(space, item), self._body(request)
        fresh = content_of(body)
        fields = _fields_of(request.query.get("updateMask", ""))
        kept = {key: value for key, value in message.content.items() if key not in fields}
        self.store.edit(message, kept | {key: fresh[key] for key in fields if key in fresh})
        return message.resource()

    def _delete(self, request: Request, space: StoredSpace, item: str) -> dict[str, Any]:  # noqa: ARG002 - one shape
        self.quota.spend(space.name)
        self.store.delete(self._own(space, item))
        return {}


def _notification(request: Request, caller: str) -> str:
    """How the people of the space are notified; only the app may ask for anything but the usual way."""
    asked = request.query.get(NOTIFICATION, "")
    if asked and (asked not in NOTIFICATION_TYPES or caller != "app"):
        raise GoogleError(400, f"Invalid value at '{NOTIFICATION}': {asked!r}")
    return asked


def content_of(body: dict[str, Any]) -> dict[str, Any]:
    """The fields an author may write; all others of a Message are Chat's own."""
    return {key: body[key] for key in CONTENT if key in body}


def _fields_of(mask: str) -> set[str]:
    """The content fields of an update mask; cards include their notification text."""
    if mask == "*":
        return set(CONTENT)
    names = [name for name in mask.split(",") if name]
    unknown = [name for name in names if name not in MASKS]
    if unknown or not names:
        raise GoogleError(400, f"updateMask: {', '.join(unknown) or 'missing'}")
    fields = {MASKS[name] for name in names}
    return fields | {"fallbackText"} if "cardsV2" in fields else fields
