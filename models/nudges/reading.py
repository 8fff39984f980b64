"""Reads the deals of a team as the checks look at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, text
from sqlalchemy.orm import Session

from models.connections.names import names_of_kinds
from models.database.chunks import chunks
from models.nudges.facts import DealFacts, OpenActivity
from models.nudges.settings import NudgePlan
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.stalled.thresholds import idle_days
from models.stalled.track import ACTIVITY, DEAL, unpacked
from models.tables.connections import PipedriveUser
from models.tables.stalled import OpenListCheck, TrackedObject

MOST_DEALS: Final = 20_000  # of one team, those changed last
CLOSED_LATELY: Final = timedelta(days=14)  # a lost deal is asked about for so long


@dataclass(frozen=True, slots=True)
class KnownDeal:
    """The stored state of one deal; `owner_id` is a user of Pipedrive."""

    id: str
    owner_id: str | None
    is_open: bool
    changed_at: datetime
    state: Mapping[str, Json]
    permitted: frozenset[str] | None

    @property
    def value(self) -> float:
        raw = self.state.get("value")
        return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else 0.0


@dataclass(frozen=True, slots=True)
class TeamDeals:
    """The deals of a team, and all that the checks need beside them. See `DealFacts`."""

    deals: Sequence[KnownDeal]
    plan: NudgePlan
    activities: Mapping[str, Sequence[OpenActivity]] = field(default_factory=dict)
    done_ids: frozenset[str] = frozenset()
    are_lists_read: bool = False
    rotten_days: Mapping[str, int] = field(default_factory=dict)
    users: Mapping[str, bool] = field(default_factory=dict)

    def facts(self, deal: KnownDeal, at: datetime, zone: ZoneInfo) -> DealFacts:
        """Return what the checks look at, by the clock of whoever is asked."""
        stage = id_key(deal.state.get("stage_id")) or ""
        activities = self.activities.get(deal.id, ())
        return DealFacts(
            id=deal.id,
            state=deal.state,
            at=at,
            today=at.astimezone(zone).date(),
            days_idle=idle_days(deal.changed_at, at, zone),
            is_open=deal.is_open,
            activities=activities if activities or self.are_lists_read else None,
            done_ids=self.done_ids,
            rotten_days=self.rotten_days.get(stage),
            owner_is_active=self._owner_is_active(deal.owner_id),
            required=self.plan.required.get(stage, ()),
            permitted=deal.permitted,
            limits=self.plan.limits,
        )

    def _owner_is_active(self, owner_id: str | None) -> bool | None:
        """Return whether the owner is an active user; one who is not in the list yet counts as unknown."""
        if not self.users:
            return None
        if owner_id is None:
            return False
        return self.users.get(owner_id)


def read_deals(
    session: Session, tenant_id: int, plan: NudgePlan, at: datetime, ids: Collection[str] | None = None
) -> TeamDeals:
    """Return the open deals of a team and those it closed lately, or those of some ids."""
    deals = [_deal(row) for row in _rows(session, tenant_id, at, ids)]
    checked = session.scalar(select(OpenListCheck.checked_at).where(OpenListCheck.tenant_id == tenant_id))
    users = select(PipedriveUser.pipedrive_id, PipedriveUser.is_active)
    stages = names_of_kinds(session, tenant_id, ("stage",)).of("stage")
    of_tenant = users.where(PipedriveUser.tenant_id == tenant_id)
    return TeamDeals(
        deals,
        plan,
        _activities(session, tenant_id, None if ids is None else [each.id for each in deals]),
        _done(session, tenant_id, deals),
        checked is not None,
        {key: int(days) for key, name in stages.items() if (days := name.more.get("rotten_days"))},
        {key: bool(is_active) for key, is_active in session.execute(of_tenant)},
    )


def _rows(
    session: Session, tenant_id: int, at: datetime, ids: Collection[str] | None
) -> Iterator[TrackedObject]:
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == DEAL)
    if ids is not None:
        for chunk in chunks(sorted(set(ids))):
            yield from session.scalars(select(TrackedObject).where(*mine, TrackedObject.object_id.in_(chunk)))
        return
    # In the words of the partial index.
    is_open = select(TrackedObject).where(*mine, text("tracked_objects.is_open"))
    yield from session.scalars(is_open.order_by(TrackedObject.changed_at.desc()).limit(MOST_DEALS))
    closed = and_(TrackedObject.is_open.is_(False), TrackedObject.heard_at >= at - CLOSED_LATELY)
    lately = select(TrackedObject).where(*mine, closed, TrackedObject.changed_at >= at - CLOSED_LATELY)
    yield from session.scalars(lately.order_by(TrackedObject.changed_at.desc()).limit(MOST_DEALS))


def _deal(row: TrackedObject) -> KnownDeal:
    state, permitted = unpacked(row.state)
    owner = None if row.owner_id == "0" else row.owner_id
    return KnownDeal(row.object_id, owner, row.is_open, row.changed_at, state, permitted)


def _activities(session: Session, tenant_id: int, ids: Sequence[str] | None) -> dict[str, list[OpenActivity]]:
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ACTIVITY)
    query = select(TrackedObject).where(*mine, text("tracked_objects.is_open"))
    query = query.where(TrackedObject.deal_id.is_not(None))
    parts = [query] if ids is None else [query.where(TrackedObject.deal_id.in_(part)) for part in chunks(ids)]
    found: dict[str, list[OpenActivity]] = defaultdict(list)
    for part in parts:
        for row in session.scalars(part):
            state, permitted = unpacked(row.state)
            subject = str(state.get("subject") or "")[:200]
            found[str(row.deal_id)].append(OpenActivity(row.object_id, subject, row.due_at, permitted))
    return found


def _done(session: Session, tenant_id: int, deals: Sequence[KnownDeal]) -> frozenset[str]:
    """Return which of the activities that deals name as their next are done, or gone."""
    named = {key for deal in deals if (key := id_key(deal.state.get("next_activity_id")))}
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ACTIVITY)
    query: Any = select(TrackedObject.object_id).where(*mine, TrackedObject.is_open.is_(False))
    parts = (query.where(TrackedObject.object_id.in_(part)) for part in chunks(sorted(named)))
    return frozenset(key for part in parts for key in session.scalars(part))


def has_activity(session: Session, tenant_id: int, activity_id: str) -> bool:
    """Return whether we have heard of an activity."""
    return session.get(TrackedObject, (tenant_id, ACTIVITY, activity_id)) is not None
