"""Finds leads: by id, by words, by whose they are; only those that whoever asks may see in Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from models.accounts.actor import Actor
from models.connections.visibility import viewer_of
from models.database.chunks import chunks
from models.leads.history import LeadRef
from models.pipedrive.deal_leads import DEAL, LEAD, is_same_source, read_lead_key, source_of
from models.pipedrive.name_refs import id_key
from models.pipedrive.readable import fold_name
from models.stalled.queries import (
    MOST_WORDS,
    KnownObject,
    Sees,
    has_word,
    known_object,
    seen_by_person,
    zone_of,
)
from models.stalled.track import ACTIVITY, unpacked
from models.tables.connections import PipedriveUser
from models.tables.leads import Lead, LeadStatus
from models.tables.stalled import TrackedObject

MOST_READ: Final = 10_000  # leads that are looked through for one list; later ones are not in it
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LeadView:
    """Who looks at the leads of a tenant, and when: `sees` decides what they may see in Pipedrive.

    `viewer_id` is their user there, None for nobody.
    """

    session: Session
    tenant_id: int
    sees: Sees
    at: datetime
    viewer_id: str | None = None


def view_of(session: Session, actor: Actor, at: datetime) -> LeadView:
    """Return the leads as an actor may see them."""
    sees = seen_by_person(session, actor.tenant, actor.user_id)
    return LeadView(session, actor.tenant, sees, at, viewer_of(session, actor))


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads. `owner_id` is a user of Pipedrive; `unassigned`: they are of nobody who works there.

    Leads that are over or snoozed are left out unless wanted.
    """

    words: tuple[str, ...] = ()
    owner_id: str | None = None
    unassigned: bool = False
    band: str = ""
    status: LeadStatus | None = None
    source: str = ""
    least_score: int | None = None
    most_score: int | None = None
    snoozed: bool | None = False  # None for both
    closed: bool | None = False
    added_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadPlace:
    """Where a lead stands in lists: behind those of a higher score, of the same score behind newer ones."""

    score: int | None
    added_at: datetime
    id: str

    def __str__(self) -> str:
        return f"{'' if self.score is None else self.score}|{self.added_at.isoformat()}|{self.id}"

    @classmethod
    def from_text(cls, text: str) -> LeadPlace | None:
        """Return the place that was written so; None for what is no place."""
        score, _, rest = text.partition("|")
        at, _, key = rest.partition("|")
        try:
            place = cls(int(score) if score else None, datetime.fromisoformat(at), key)
        except ValueError:
            return None
        return place if place.added_at.tzinfo is not None else None

    def is_behind(self, other: LeadPlace) -> bool:
        return self._rank() > other._rank()

    def _rank(self) -> tuple[bool, int, timedelta, str]:
        return (self.score is None, -(self.score or 0), _END_OF_TIME - self.added_at, self.id)


@dataclass(frozen=True, slots=True)
class KnownLead:
    """A lead that may be seen: what Pipedrive says of it (`known`), and what we add (`row`)."""

    known: KnownObject
    row: Lead

    @property
    def id(self) -> str:
        """What people and programs name it by: Pipedrive's id of a lead, `deal-123` for a deal."""
        return self.ref.key

    @property
    def is_deal(self) -> bool:
        return self.row.entity == DEAL

    @property
    def deal_id(self) -> str | None:
        """The deal that it is or became, None for none."""
        return self.row.object_id if self.is_deal else self.row.deal_id

    @property
    def place(self) -> LeadPlace:
        return LeadPlace(self.row.score, self.row.added_at, self.row.object_id)

    @property
    def ref(self) -> LeadRef:
        return LeadRef(self.row.tenant_id, self.row.entity, self.row.object_id)

    @property
    def state(self) -> Any:
        return self.known.change.after


@dataclass(frozen=True, slots=True)
class LeadList:
    """A part of the leads that fit; `total` counts all that may be seen, of at most 10,000."""

    leads: Sequence[KnownLead] = field(default_factory=tuple)
    total: int = 0


def get_lead(view: LeadView, key: str) -> KnownLead | None:
    """Return a lead by its key (`KnownLead.id`), None if it is unknown, was deleted, or may not be seen."""
    session, tenant_id = view.session, view.tenant_id
    entity, raw = read_lead_key(key)
    object_id = id_key(raw)
    row = session.get(Lead, (tenant_id, entity, object_id)) if object_id else None
    state = session.get(TrackedObject, (tenant_id, entity, object_id)) if row is not None else None
    if row is None or state is None:
        return None
    found = known_object(state, zone_of(session, tenant_id), view.at)
    seen = bool(found.change.after) and view.sees(found.change.permitted_user_ids)
    return KnownLead(found, row) if seen else None


def list_leads(
    view: LeadView, wanted: LeadFilter, *, limit: int, offset: int = 0, after: LeadPlace | None = None
) -> LeadList:
    """Return a part of the leads that fit and may be seen: the highest score first, then the newest.

    With `after` the part begins behind that place, whether or not its lead is still there. Whether one may be
    seen is decided before anything is counted.
    """
    columns = (Lead.entity, Lead.object_id, Lead.score, Lead.added_at, TrackedObject.state)
    query = _fitting(select(*columns), view, wanted)
    best = query.order_by(Lead.score.is_(None), Lead.score.desc(), Lead.added_at.desc(), Lead.object_id)
    rows = view.session.execute(best.limit(MOST_READ))
    seen = [row for row in rows if _is_seen(row, view.sees, wanted.source)]
    rest = seen if after is None else [row for row in seen if _place_of(row).is_behind(after)]
    shown = [(row.entity, row.object_id) for row in rest[offset : offset + limit]]
    return LeadList(_load(view, shown), len(seen))


def _place_of(row: Any) -> LeadPlace:
    return LeadPlace(row.score, row.added_at, row.object_id)


def find_leads(view: LeadView, words: Sequence[str], *, limit: int) -> LeadList:
    """Return leads by words, open ones if any of these fit; snoozed ones too."""
    wanted = LeadFilter(words=tuple(words), snoozed=None)
    found = list_leads(view, wanted, limit=limit)
    if found.total or not words:
        return found
    return list_leads(view, replace(wanted, closed=None), limit=limit)


def goes_on_as(
    session: Session, tenant_id: int, deals: Sequence[str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return as which of these deals leads of the inbox go on; both are an entity and its id."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for part in chunks(deals):
        mine = (Lead.tenant_id == tenant_id, Lead.entity == LEAD, Lead.deal_id.in_(part))
        rows = session.execute(select(Lead.object_id, Lead.deal_id).where(*mine))
        found |= {(LEAD, lead): (DEAL, str(deal)) for lead, deal in rows}
    return found


def activities_of(view: LeadView, lead: KnownLead, *, limit: int) -> list[KnownObject]:
    """Return the activities of a lead that may be seen, the one changed last first."""
    tenant_id, zone = view.tenant_id, zone_of(view.session, view.tenant_id)
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ACTIVITY)
    about = TrackedObject.deal_id if lead.is_deal else TrackedObject.lead_id
    query = (
        select(TrackedObject)
        .where(*mine, about == lead.row.object_id)
        .order_by(TrackedObject.changed_at.desc())
    )
    found = (known_object(row, zone, view.at) for row in view.session.scalars(query.limit(MOST_READ)))
    seen = [each for each in found if each.change.after and view.sees(each.change.permitted_user_ids)]
    return seen[:limit]


def _fitting(query: Any, view: LeadView, wanted: LeadFilter) -> Any:
    of_lead = and_(
        TrackedObject.tenant_id == Lead.tenant_id,
        TrackedObject.entity == Lead.entity,
        TrackedObject.object_id == Lead.object_id,
    )
    conditions = [Lead.tenant_id == view.tenant_id, *_of_row(view.tenant_id, wanted, view.at)]
    conditions += [~_goes_on(view.tenant_id)] if wanted.closed is not False else []
    folded = [text for word in wanted.words[:MOST_WORDS] if (text := fold_name(word))]
    conditions += [has_word(view.session, view.tenant_id, word) for word in folded]
    return query.join(TrackedObject, of_lead).where(*conditions)


def _of_row(tenant_id: int, wanted: LeadFilter, at: datetime) -> list[ColumnElement[bool]]:
    is_snoozed = and_(Lead.snoozed_until.is_not(None), Lead.snoozed_until > at)
    found: list[ColumnElement[bool]] = []
    if wanted.closed is not None:
        found.append(Lead.is_open.is_(not wanted.closed))
    if wanted.snoozed is not None:
        found.append(is_snoozed if wanted.snoozed else ~is_snoozed)
    if wanted.owner_id is not None:
        found.append(Lead.owner_id == wanted.owner_id)
    if wanted.unassigned:
        active = (PipedriveUser.tenant_id == tenant_id, PipedriveUser.is_active.is_(True))
        works = select(PipedriveUser.pipedrive_id).where(*active)
        found.append(or_(Lead.owner_id.is_(None), Lead.owner_id.not_in(works)))
    if wanted.band:
        found.append(Lead.band == wanted.band)
    if wanted.status is not None:
        found.append(Lead.status == wanted.status)
    if wanted.least_score is not None:
        found.append(func.coalesce(Lead.score, 0) >= wanted.least_score)
    if wanted.most_score is not None:
        found.append(func.coalesce(Lead.score, 0) <= wanted.most_score)
    if wanted.added_since is not None:
        found.append(Lead.added_at >= wanted.added_since)
    return found


def _goes_on(tenant_id: int) -> ColumnElement[bool]:
    """Build the condition that a lead became a deal that is a lead, too: then that one is meant."""
    deal = aliased(Lead)
    mine = (deal.tenant_id == tenant_id, deal.entity == DEAL, deal.object_id == Lead.deal_id)
    return select(deal.object_id).where(*mine).correlate(Lead).exists()


def _is_seen(row: Any, sees: Sees, source: str) -> bool:
    state, permitted = unpacked(row.state)
    fits = not source or is_same_source(source, source_of(row.entity, state))
    return bool(state) and fits and sees(permitted)


def _load(view: LeadView, keys: Sequence[tuple[str, str]]) -> list[KnownLead]:
    if not keys:
        return []
    of_lead = and_(
        TrackedObject.tenant_id == Lead.tenant_id,
        TrackedObject.entity == Lead.entity,
        TrackedObject.object_id == Lead.object_id,
    )
    these = tuple_(Lead.entity, Lead.object_id).in_(list(keys))
    query = select(Lead, TrackedObject).join(TrackedObject, of_lead)
    rows = view.session.execute(query.where(Lead.tenant_id == view.tenant_id, these)).all()
    zone = zone_of(view.session, view.tenant_id)
    found = {
        (row.entity, row.object_id): KnownLead(known_object(state, zone, view.at), row) for row, state in rows
    }
    return [found[key] for key in keys if key in found]
