"""The deals and notes of Pipedrive behind its REST API, with what goes wrong on the way there and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from jobs.to_pipedrive.errors import TooManyCalls, Unsure
from jobs.to_pipedrive.http import Call
from models.errors import NotFound, TemporaryFailure
from tests.simulation.ports import Borders, VirtualClock
from tests.simulation.pressing.press import STANDS_STILL, CrmFaults
from tests.simulation.scheduler import Killed
from tests.simulation.story import Story

PATIENCE_S: Final = 10.0
LATEST_S: Final = 8.0  # after its sender gave a request up, it is carried out until then, or never
Deal = tuple[str, int]  # the company and the number of a deal


@dataclass(frozen=True)
class Change:
    """A field of a deal that somebody wrote, and what they had read there before."""

    at: float
    deal: Deal
    user: int
    slot: str
    value: Any
    read: Any


@dataclass(frozen=True)
class Note:
    """A note that somebody added to a deal. `is_late`: its sender had given the request up before."""

    at: float
    deal: Deal
    user: int
    content: str
    add_time: str
    is_late: bool


@dataclass
class Deals:
    """What Pipedrive knows: the state of deals, the notes on them, and who wrote what."""

    states: dict[Deal, dict[str, Any]] = field(default_factory=dict)
    held: set[tuple[Deal, str, str]] = field(default_factory=set)  # fields and what they held at some time
    changes: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def heard(self, deal: Deal, **state: Any) -> None:
        """Take the state of a deal that somebody set in Pipedrive itself."""
        self.states.setdefault(deal, {"id": deal[1], "owner_id": None, "status": "open"}).update(state)
        self.held |= {(deal, slot, str(value)) for slot, value in state.items()}


class CrmWire:
    """What `jobs.to_pipedrive.http.PipedriveWire` offers; a token is `A/11`, the company and the user.

    `on_ended` gets the deals that are won or lost by it, and their state.
    """

    def __init__(
        self,
        deals: Deals,
        borders: Borders,
        clock: VirtualClock,
        story: Story,
        random: Random,
        faults: CrmFaults,
    ) -> None:
        self.faults = faults
        self.on_ended: Callable[[Deal, str], None] = lambda _deal, _status: None
        self._deals = deals
        self._borders = borders
        self._clock = clock
        self._story = story
        self._random = random
        self._read: dict[tuple[Deal, int], dict[str, Any]] = {}

    def call(self, call: Call, token: str, timeout_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Take a call as the network does. Raises what the real one raises."""
        scheduler, kind = self._borders.scheduler, self._fault()
        self._borders.end_here("before a call of Pipedrive")
        carry_out = partial(self._carry_out, call, token)
        if kind in ("hang", "late"):
            self._give_up(call, carry_out, is_late=kind == "late")
        try:
            scheduler.pause(self._random.uniform(0.01, 0.3) + (8.0 if kind == "slow" else 0.0))
        except Killed:
            if self._random.random() < 0.5:  # the call was on its way
                carry_out()
            raise
        if kind == "429":
            raise TooManyCalls("Pipedrive answered 429", retry_after=2.0, http_status=429)
        if kind == "503":
            raise self._unclear(call, "Pipedrive answered 503", http_status=503)
        answer = carry_out()
        self._borders.stop_here("before an answer of Pipedrive")
        if kind == STANDS_STILL and call.is_read:
            self._borders.freeze_here("after an answer of Pipedrive", self._random.uniform(46, 90))
        if kind == "lost reply":
            self._story.tell("its answer to %s is lost", call.method, actor="Pipedrive")
            raise self._unclear(call, "Pipedrive: ReadError")
        return answer

    def close(self) -> None:
        """Nothing is open."""

    def _fault(self) -> str:
        if self.faults.kinds and self._random.random() < self.faults.share:
            return self._random.choice(self.faults.kinds)
        return ""

    def _give_up(self, call: Call, carry_out: Callable[..., object], *, is_late: bool) -> NoReturn:
        scheduler = self._borders.scheduler
        if is_late:

            def arrive() -> None:
                try:
                    carry_out(is_late=True)
                except NotFound:
                    self._story.tell("a late call comes to nothing", actor="Pipedrive")

            scheduler.start(scheduler.outside, arrive, PATIENCE_S + self._random.uniform(0, LATEST_S))
        scheduler.pause(PATIENCE_S)
        raise self._unclear(call, "Pipedrive: ReadTimeout")

    def _unclear(self, call: Call, words: str, *, http_status: int | None = None) -> TemporaryFailure:
        kind = TemporaryFailure if call.is_read else Unsure
        return kind(words, http_status=http_status)

    def _carry_out(self, call: Call, token: str, *, is_late: bool = False) -> dict[str, Any]:
        company, _, user = token.partition("/")
        path = urlsplit(call.url).path
        if path == "/v1/notes":
            return self._notes(call, company, int(user), is_late=is_late)
        deal = (company, int(path.removeprefix("/api/v2/deals/")))
        state = self._deals.states.get(deal)
        if state is None:
            raise NotFound("Pipedrive answered 404")
        if call.is_read:
            self._read[deal, int(user)] = dict(state)
        else:
            self._change(deal, int(user), call.body or {})
        return {"data": dict(state)}

    def _change(self, deal: Deal, user: int, fields: Mapping[str, Any]) -> None:
        read = self._read.get((deal, user), {})
        for slot, value in fields.items():
            at = self._borders.scheduler.at
            self._deals.changes.append(Change(at, deal, user, slot, value, read.get(slot)))
            self._story.tell("%s of %s%s is %s now, by %s", slot, *deal, value, user, actor="Pipedrive")
        is_ended = fields.get("status", "open") not in ("open", self._deals.states[deal]["status"])
        self._deals.heard(deal, **fields)
        if is_ended:
            self.on_ended(deal, str(fields["status"]))

    def _notes(self, call: Call, company: str, user: int, *, is_late: bool) -> dict[str, Any]:
        asked = call.query if call.is_read else call.body
        deal = (company, int((asked or {})["deal_id"]))
        if call.is_read:
            return {
                "data": [
                    {"id": number, "content": each.content, "user_id": each.user, "add_time": each.add_time}
                    for number, each in enumerate(self._deals.notes, start=1)
                    if each.deal == deal
                ]
            }
        at, content = self._borders.scheduler.at, str((call.body or {})["content"])
        time = f"{self._clock.moment(at):%Y-%m-%d %H:%M:%S}"
        self._deals.notes.append(Note(at, deal, user, content, time, is_late))
        self._story.tell("has the note “%s” on %s%s", content, *deal, actor="Pipedrive")
        return {"data": {"id": len(self._deals.notes)}}
