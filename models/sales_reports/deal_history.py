"""What happened to deals in a span of time, from the stored events; only what a reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.chunks import chunks
from models.events.store import SIGNALLED, TESTS
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.names import Json
from models.pipedrive.webhook.json import parse_json
from models.reports.history import between
from models.sales_reports.reader import SalesReader
from models.stalled.track import DEAL, ref_id, unpacked
from models.tables.events import Event, EventState
from models.tables.stalled import TrackedObject

MOST_EVENTS: Final = 50_000  # of one report, the newest; its span begins later then
BATCH: Final = 500
MOST_AMOUNT: Final = 1e15
KEPT: Final = (
    "title",
    "status",
    "stage_id",
    "pipeline_id",
    "owner_id",
    "value",
    "currency",
    "expected_close_date",
)


@dataclass(frozen=True, slots=True)
class DealStep:
    """One change of a deal: the old values of what was changed, and its state after that."""

    at: datetime
    types: tuple[str, ...]
    before: Mapping[str, Json]
    after: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class DealStory:
    """The steps of one deal in a span, oldest first; there is at least one."""

    id: str
    steps: Sequence[DealStep]

    @property
    def state(self) -> Mapping[str, Json]:
        """The state at the end of the span."""
        return self.steps[-1].after

    @property
    def is_new(self) -> bool:
        return self.has("deal.created")

    @property
    def owner_id(self) -> str | None:
        return ref_id(self.state.get("owner_id"))

    @property
    def pipeline_id(self) -> str | None:
        return ref_id(self.state.get("pipeline_id"))

    @property
    def title(self) -> str:
        return str(self.state.get("title") or "")[:255]

    @property
    def currency(self) -> str:
        raw = self.state.get("currency")
        return raw[:10].upper() if isinstance(raw, str) else ""

    @property
    def amount(self) -> Decimal | None:
        return amount_of(self.state)

    def has(self, event_type: str) -> bool:
        return any(event_type in step.types for step in self.steps)

    def first(self, key: str) -> Json:
        """Return the value that a field had before its first change in the span, None if it had none."""
        return next((step.before[key] for step in self.steps if key in step.before), None)


@dataclass(frozen=True, slots=True)
class DealHistory:
    """The deals of a span; `counted_since` is set where our record begins after the span does."""

    stories: Sequence[DealStory]
    counted_since: datetime | None


def read_history(
    session: Session, reader: SalesReader, since: datetime, until: datetime, pipeline_id: str | None = None
) -> DealHistory:
    """Return what happened to the deals that a reader may see, and that were not deleted."""
    steps = defaultdict[str, list[DealStep]](list)
    permitted = dict[str, frozenset[str] | None]()
    oldest, count = until, 0
    for raw, received_at in _rows(session, reader.tenant_id, since):
        oldest, count = received_at, count + 1
        change = _read(raw)
        at = (change.happened_at or received_at) if change is not None else until
        if change is not None and since <= at < until:
            permitted.setdefault(change.object_id, change.permitted_user_ids)  # the newest comes first
            steps[change.object_id].append(_step(change, at))
    known = _known_now(session, reader.tenant_id, steps)
    stories = [DealStory(key, _oldest_first(found)) for key, found in steps.items()]
    seen = [
        story
        for story in stories
        if story.state
        and known.get(story.id, ({"id": story.id}, None))[0]
        and reader.may_read(permitted[story.id], story.owner_id)
        and reader.sees(known.get(story.id, ({}, None))[1])
        and pipeline_id in (None, story.pipeline_id)
    ]
    begin = oldest if count >= MOST_EVENTS else first_event_at(session, reader.tenant_id, until)
    return DealHistory(seen, begin if begin > since else None)


def _oldest_first(steps: list[DealStep]) -> list[DealStep]:
    """Return steps by their time; those of the same moment stay in the order in which they came."""
    steps.reverse()
    return sorted(steps, key=lambda step: step.at)


def first_event_at(session: Session, tenant_id: int, otherwise: datetime) -> datetime:
    """Return when the first event came that is still stored; what was before is not known."""
    mine = (Event.tenant_id == tenant_id, Event.source_key.not_like(f"{TESTS}%"))
    found = session.scalar(select(Event.received_at).where(*mine).order_by(Event.id).limit(1))
    return otherwise if found is None else found


def amount_of(state: Mapping[str, Json]) -> Decimal | None:
    """Return the value of a deal, None for none."""
    raw = state.get("value")
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < MOST_AMOUNT
    return Decimal(str(raw)) if is_number else None


def _rows(session: Session, tenant_id: int, since: datetime) -> Iterable[Any]:
    query = select(Event.raw, Event.received_at).where(
        Event.tenant_id == tenant_id,
        Event.state == EventState.DONE,
        Event.event_type.startswith(f"{DEAL}."),
        Event.source_key.not_like(f"{TESTS}%"),
        Event.source_key.not_like(f"{SIGNALLED}%"),
        *between(session, tenant_id, Event.received_at, since, None),
    )
    newest = query.order_by(Event.id.desc()).limit(MOST_EVENTS)
    return session.execute(newest.execution_options(yield_per=BATCH))


def _read(raw: bytes) -> Change | None:
    try:
        change = read(parse_json(raw))
    except Unreadable:
        return None
    return change if change is not None and change.entity == DEAL else None


def _step(change: Change, at: datetime) -> DealStep:
    kept = [{key: side[key] for key in KEPT if key in side} for side in (change.before, change.after)]
    return DealStep(at, change.types, *kept)


def _known_now(
    session: Session, tenant_id: int, ids: Iterable[str]
) -> dict[str, tuple[Mapping[str, Json], frozenset[str] | None]]:
    """Return the present states of deals, and who may see them now; an empty state: it was deleted."""
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == DEAL)
    query = select(TrackedObject.object_id, TrackedObject.state).where(*mine)
    return {
        key: unpacked(state)
        for part in chunks(sorted(ids))
        for key, state in session.execute(query.where(TrackedObject.object_id.in_(part)))
    }
