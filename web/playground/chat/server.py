"""Google Chat over HTTP: token endpoint, certificates, REST API, injected faults, and the users' side."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from web.playground.chat.client import AppSettings, ChatClient
from web.playground.chat.quota import Quota
from web.playground.chat.rest import ChatRest
from web.playground.chat.seed import COMMANDS, seed
from web.playground.chat.store import ChatStore, StoredSpace
from web.playground.faults import Faults
from web.playground.google.errors import GoogleError, envelope
from web.playground.google.tokens import InvalidGrant, ServiceAccount, TokenSigner
from web.playground.ticker import Ticker
from web.playground.wire import Answer, Request, Server, answer_json

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One raw request and its status; `status` 0: the reply was dropped on purpose."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    status: int
    at: float


class FakeChat:
    """`with FakeChat(app_url) as chat:` serves `chat.url`; people act through `chat.client`.

    `strict` off accepts any body and stores none (for benchmarks). Every response is delayed by `latency`
    seconds, however many wait. `quota` None means Google's own.
    """

    def __init__(
        self,
        app_url: str = "",
        *,
        port: int = 0,
        strict: bool = True,
        latency: float = 0.0,
        quota: Quota | None = None,
        ticker: Ticker | None = None,
    ) -> None:
        self.store = ChatStore(ticker)
        seed(self.store)
        self.quota = quota or Quota()
        self.account = ServiceAccount()
        self.signer = TokenSigner()
        self.faults = Faults()
        self.latency = latency
        self.app = AppSettings(app_url, commands=list(COMMANDS))
        self.client = ChatClient(self.store, self.signer, self.app)
        self.requests: list[Seen] = []
        self.rest = ChatRest(self.store, self.account, self.quota, strict=strict)
        self._server = Server(self._answer, port)

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.close()
        self.client.close()

    def service_account_info(self) -> dict[str, str]:
        return self.account.info(self.url)

    def write_credentials(self, file: Path) -> Path:
        """Write a key file for GOOGLE_APPLICATION_CREDENTIALS that directs google-auth to this server."""
        file.write_text(json.dumps(self.service_account_info()), encoding="utf-8")
        file.chmod(0o600)
        return file

    def webhook_url(self, space: str) -> str:
        """The URL of the space's incoming webhook, as Google shows it to people."""
        key, token = next(iter(self.store.spaces[space].webhooks.items()))
        return f"https://chat.googleapis.com/v1/{space}/messages?key={key}&token={token}"

    def cards(self, space: str | None = None) -> list[dict[str, Any]]:
        """The present messages of the app and webhooks in a space (or everywhere), oldest first."""
        return [
            message.resource() for message in self.store.messages(space) if message.sender["type"] == "BOT"
        ]

    def writes(self, space: str | None = None) -> list[Seen]:
        """The raw writes received for a space (or for all), including dropped and refused ones."""
        where = f"/v1/{space}/" if space else "/v1/spaces/"
        return [seen for seen in self.requests if seen.method in WRITES and seen.path.startswith(where)]

    def state(self) -> dict[str, Any]:
        """The whole state, for other processes (`GET /_state`)."""
        spaces = [
            space.resource() | {"appIsMember": space.app_is_member, "members": sorted(space.members)}
            for space in list(self.store.spaces.values())
        ]
        return {
            "version": self.store.ticker.version,
            "people": [person.resource() for person in self.store.people.values()],
            "spaces": spaces,
            "messages": [message.resource() for message in self.store.messages()],
            "dialogs": {who: dialog.resource() for who, dialog in self.store.dialogs.items()},
            "faults": self.faults.listing(),
            "requests": len(self.requests),
        }

    def _answer(self, request: Request) -> Answer:
        if request.path == "/_state":
            return answer_json(self.state())
        if request.path == "/_control":
            return self._control(request)
        answer = self._with_faults(request)
        status = 0 if answer.drop or answer.hang else answer.status
        body = request.body if self.rest.strict else b""
        self.requests.append(
            Seen(request.method, request.path, dict(request.query), body, status, time.time())
        )
        return replace(answer, delay=answer.delay + self.latency) if self.latency else answer

    def _with_faults(self, request: Request) -> Answer:
        is_write = request.method in WRITES and request.path.startswith("/v1/spaces/")
        fault = self.faults.take(request.path, anywhere=is_write)
        if fault and fault.lost:
            return Answer(hang=True)
        if fault and fault.status:
            return fault.refusal(envelope(fault.status, "as ordered", fault.headers))
        answer = self._route(request)
        return fault.disturb(answer) if fault else answer

    def _route(self, request: Request) -> Answer:
        try:
            if request.path == "/token" and request.method == "POST":
                return answer_json(self.account.grant(request.form(), f"{self.url}/token"))
            if request.path == "/certs":
                return answer_json(
                    self.signer.certificates, headers={"Cache-Control": "public, max-age=3600"}
                )
            return self.rest.answer(request)
        except InvalidGrant as refused:
            return answer_json({"error": "invalid_grant", "error_description": str(refused)}, 400)
        except GoogleError as error:
            return envelope(error.code, error.message)

    def _control(self, request: Request) -> Answer:
        """`{"fault": {..}, "clear": true, "latency": s, "quota": {..}, "space": {..}}`, each optional."""
        try:
            body = request.json()
            if body.get("clear"):
                self.faults.clear()
            if "fault" in body:
                self.faults.order_from(body["fault"])
            if "space" in body:
                self.store.add_space(
                    StoredSpace(**body["space"] | {"members": set(body["space"].get("members", ()))})
                )
            for name, value in body.get("quota", {}).items():
                setattr(self.quota, name, value)
            self.latency = float(body.get("latency", self.latency))
        except (ValueError, TypeError, AttributeError) as wrong:
            return answer_json({"error": str(wrong)}, 400)
        return answer_json({"faults": self.faults.listing()})
