"""A stub of the app for the simulations: returns what a test sets, and records its requests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from web.playground.wire import Answer, Request, Server, answer_json


class AppStub:
    """`replies` are returned in turn (a status alone, or a JSON body); the last one repeats."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.replies: list[Any] = [{}]
        self.server = Server(self._answer)

    @property
    def url(self) -> str:
        return f"{self.server.url}/chat/events"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.seen]

    def _answer(self, request: Request) -> Answer:
        self.seen.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return Answer(reply) if isinstance(reply, int) else answer_json(reply)


@contextmanager
def app_stub() -> Iterator[AppStub]:
    stub = AppStub()
    with stub.server:
        yield stub
