"""A Chat with its quotas and faults, behind the interface of our clients."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import orjson

from jobs.to_chat.errors import error_of
from models.errors import AppError, DestinationGone, TemporaryFailure
from tests.simulation.ports import Borders
from tests.simulation.scheduler import Killed
from tests.simulation.story import Story

TIMEOUT_S: Final = 10.0
PACE_S: Final = 1.0
KINDS: Final = (
    "lost reply",
    "hang",
    "503",
    "429",
    "429 with Retry-After",
    "409",
    "400",
    "slow",
    "late",
    "frozen",
)
ILL: Final = ("hang", "hang", "503", "429", "slow", "late")


@dataclass
class Shown:
    """A message that a space shows, since when, and who asked for it."""

    space: str
    request_id: str
    message_id: str
    body: str
    title: str
    at: float
    is_silent: bool
    sender: str
    thread: str  # the key of its thread, empty for none

    @property
    def name(self) -> str:
        return f"{self.space}/messages/{self.request_id}"


@dataclass
class Write:
    """A write that reached a space. `is_late`: its sender had given it up before."""

    at: float
    is_late: bool
    is_accepted: bool
    is_ours: bool = True


@dataclass
class ChatFaults:
    """The share of requests that go wrong, how, and the spaces that are closed from when until when.

    `only`: the space in which alone they go wrong, empty for all.
    """

    share: float = 0.0
    kinds: tuple[str, ...] = KINDS
    only: str = ""
    closed: dict[str, tuple[float, float]] = field(default_factory=dict)
    was_closed: set[str] = field(default_factory=set)

    def recover(self) -> None:
        """End all faults but of the spaces that are closed for ever."""
        self.share = 0.0
        self.closed = {space: span for space, span in self.closed.items() if span[1] == float("inf")}


class Chat:
    """The service: its spaces and what they show."""

    def __init__(self, borders: Borders, story: Story, random: Random, faults: ChatFaults) -> None:
        self.faults = faults
        self.shown: list[Shown] = []
        self.writes: dict[str, list[Write]] = defaultdict(list)
        self._borders = borders
        self._story = story
        self._random = random
        self._unfit: set[str] = set()  # requests whose cards are refused, at each attempt

    def post(
        self, space: str, body: dict[str, Any], message_id: str, request_id: str, sender: str, **more: bool
    ) -> str:
        """Take a message as the network does: with all that can happen to it. Return its name."""
        scheduler, kind = self._borders.scheduler, self._fault(space)
        self._borders.stop_here("before a request to Chat")
        if kind == "frozen":
            self._borders.freeze_here("before a request to Chat", self._random.uniform(31, 60))
        delay = self._random.uniform(0.01, 0.2) + (self._random.uniform(1, 8) if kind == "slow" else 0.0)
        if kind in ("hang", "late"):
            self._give_up(space, body, message_id, request_id, sender, is_late=kind == "late", **more)
        try:
            scheduler.pause(delay)
        except Killed:
            if self._random.random() < 0.5:  # the request was on its way
                self._arrive(space, body, message_id, request_id, sender, **more)
            raise
        if kind in ("503", "429", "429 with Retry-After", "409"):
            raise self._refuse(space, kind)
        is_new = not any(each.request_id == request_id for each in self.shown)
        if kind == "400" and is_new and not request_id.endswith("-plain"):
            self._unfit.add(request_id)
        name = self._arrive(space, body, message_id, request_id, sender, **more)
        self._borders.stop_here("before a reply of Chat")
        if kind == "lost reply":
            self._story.tell("the reply about %s in %s is lost", request_id[:6], space, actor="Chat")
            scheduler.pause(self._random.choice((0.0, TIMEOUT_S)))
            raise TemporaryFailure("the reply was lost")
        scheduler.pause(self._random.uniform(0.01, 0.1))
        return name

    def _fault(self, space: str) -> str:
        is_meant = self.faults.only in ("", space)
        if is_meant and self.faults.kinds and self._random.random() < self.faults.share:
            return self._random.choice(self.faults.kinds)
        return ""

    def _give_up(self, space: str, *request: Any, is_late: bool, **more: Any) -> None:
        """Let a request hang until its sender gives it up; a late one arrives afterwards all the same."""
        scheduler = self._borders.scheduler
        if is_late:

            def arrive() -> None:
                try:
                    self._arrive(space, *request, is_late=True, **more)
                except AppError:
                    self._story.tell("a late request for %s came to nothing", space, actor="Chat")

            wait = TIMEOUT_S + self._random.uniform(0, 5)
            scheduler.start(scheduler.outside, arrive, wait)
        scheduler.pause(TIMEOUT_S)
        raise TemporaryFailure("timed out")

    def _refuse(self, space: str, kind: str) -> AppError:
        self._story.tell("answers %s for %s", kind, space, actor="Chat")
        if kind == "503":
            return error_of(503, {}, b"")
        if kind == "400":
            return error_of(
                400, {}, orjson.dumps({"error": {"status": "INVALID_ARGUMENT", "message": "card"}})
            )
        if kind == "409":
            return error_of(409, {}, orjson.dumps({"error": {"status": "ABORTED", "message": "again"}}))
        headers = {"retry-after": "3"} if kind == "429 with Retry-After" else {}
        return error_of(429, headers, orjson.dumps({"error": {"status": "RESOURCE_EXHAUSTED"}}))

    def _arrive(
        self,
        space: str,
        body: dict[str, Any],
        message_id: str,
        request_id: str,
        sender: str,
        *,
        is_silent: bool = False,
        is_late: bool = False,
    ) -> str:
        """Handle a request as Google does: closed spaces, the quota, a message that is there already."""
        self._count(space, is_late=is_late)
        if request_id in self._unfit:
            raise self._refuse(space, "400")
        at, there = self._borders.scheduler.at, self._find(space, message_id, request_id)
        if there is None:
            raw, thread = orjson.dumps(body).decode(), str(body.get("thread", {}).get("threadKey", ""))
            there = Shown(space, request_id, message_id, raw, _title(body), at, is_silent, sender, thread)
            self.shown.append(there)
            self._story.tell("shows “%s” (%s) in %s", there.title, request_id[:6], space, actor="Chat")
        return there.name

    def change(self, name: str, body: dict[str, Any]) -> None:
        """Replace the card of a message, as the network does it; a 409 there is nothing but a failure."""
        scheduler, space = self._borders.scheduler, name.partition("/messages/")[0]
        kind = self._fault(space)
        self._borders.stop_here("before a change of a message")
        scheduler.pause(self._random.uniform(0.01, 0.2))
        if kind:
            raise self._refuse(space, "429" if kind.startswith("429") else "503")
        self._count(space)
        there = next((each for each in self.shown if each.name == name), None)
        if there is None:
            raise DestinationGone("no such message")
        there.body = orjson.dumps(body).decode()
        self._story.tell("draws “%s” again in %s", there.title, space, actor="Chat")
        self._borders.stop_here("before a reply of Chat")

    def _count(self, space: str, *, is_late: bool = False) -> None:
        """Count a write of a space, which is refused where it is closed or comes too soon."""
        at = self._borders.scheduler.at
        begins, ends = self.faults.closed.get(space, (0.0, 0.0))
        if begins <= at < ends:
            self._story.tell("%s is closed", space, actor="Chat")
            raise error_of(404, {}, orjson.dumps({"error": {"status": "NOT_FOUND", "message": "no space"}}))
        before = [each for each in self.writes[space] if each.is_accepted]
        is_paced = not before or at - before[-1].at >= PACE_S
        is_late = is_late or self._borders.scheduler.process.has_just_stood_still(at)
        self.writes[space].append(Write(at, is_late, is_paced))
        if not is_paced:
            raise self._refuse(space, "429")

    def _find(self, space: str, message_id: str, request_id: str) -> Shown | None:
        for each in self.shown:
            is_same = each.request_id == request_id or (message_id and each.message_id == message_id)
            if each.space == space and is_same:
                return each
        return None

    def write_of_another_app(self, space: str) -> None:
        self.writes[space].append(Write(self._borders.scheduler.at, False, True, is_ours=False))


def _title(body: dict[str, Any]) -> str:
    try:
        return str(body["cardsV2"][0]["card"]["header"]["title"])
    except (KeyError, IndexError):
        return str(body.get("text", ""))[:80]


class ChatApiPort:
    """What `jobs.to_chat.api.ChatApi` offers."""

    api_url = "http://127.0.0.1:9"

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def create(
        self,
        space: str,
        body: dict[str, Any],
        *,
        message_id: str,
        request_id: str,
        is_silent: bool = False,
        only_replies: bool = False,  # noqa: ARG002
    ) -> str:
        return self._chat.post(space, body, message_id, request_id, "the app", is_silent=is_silent)

    def update(self, name: str, body: dict[str, Any]) -> None:
        self._chat.change(name, body)

    def direct_space(self, person: str) -> str:
        return f"spaces/dm-{person.replace('/', '-')}"


class PosterPort:
    """What `jobs.to_chat.poster.Poster` offers: its coroutine waits in virtual time alone."""

    def __init__(self, chat: ChatApiPort) -> None:
        self._chat = chat

    async def create(self, space: str, body: dict[str, Any], **ids: Any) -> str:
        return self._chat.create(space, body, **ids)


class ChatWebhookPort:
    """What `jobs.to_chat.incoming_webhook.ChatWebhook` offers."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def create(
        self,
        url: str,
        body: dict[str, Any],
        *,
        request_id: str,
        only_replies: bool = False,  # noqa: ARG002
    ) -> str:
        space = "spaces/" + url.split("/spaces/")[1].split("/", maxsplit=1)[0]
        return self._chat.post(space, body, "", request_id, url)
