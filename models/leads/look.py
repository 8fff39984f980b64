"""Looks at the leads that changed: what became of them in Pipedrive goes into their row and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.card_actions.copies import mark_scored
from models.database.lists import among, not_indexed, wanted
from models.events.store import Arrival
from models.leads.arrivals import note_arrival
from models.leads.continued import END_LINE, drop_end, go_on, is_being_ended, origin_of, restore
from models.leads.done import note_conversion
from models.leads.ends.origins import next_look
from models.leads.history import LeadRef, NewLine, add_line, add_lines
from models.leads.scoring import ScoringData, TeamScoring, read_data, score_lead, store_arrivals
from models.pipedrive.deal_leads import (
    DEAL,
    LEAD,
    DealEnd,
    deals_by_lead,
    end_of,
    is_open_deal,
    pipeline_of,
)
from models.pipedrive.imported import is_unrouted
from models.pipedrive.names import Json
from models.stalled.track import is_open_state, unpacked
from models.tables.accounts import Tenant, TenantStatus
from models.tables.leads import Lead, LeadEvent, LeadStatus
from models.tables.stalled import TrackedObject

ENDS_WITHIN: Final = timedelta(seconds=30)
_PUT_BACK: Final = tuple(timedelta(minutes=each) for each in (1, 10, 60, 6 * 60, 24 * 60))


def due_leads(session: Session, at: datetime, limit: int) -> list[tuple[LeadRef, datetime]]:
    """Return the first leads that are due to be looked at, and since when. The session sees all tenants."""
    first = _due(Lead.tenant_id, Lead.entity, Lead.object_id, Lead.look_at, at=at).limit(limit)
    return [(LeadRef(*row[:3]), row[3]) for row in session.execute(first)]


def look_at_due(session: Session, at: datetime, limit: int) -> int:
    """Look at up to `limit` leads that are due; return how many there were.

    The session is a writing one over all tenants. Raises whatever is wrong with one of them.
    """
    first = _due(Lead, at=at).limit(limit)
    return _look_at_all(session, session.scalars(first.with_for_update(skip_locked=True)).all(), at)


def look_at_some(session: Session, leads: Iterable[LeadRef], at: datetime) -> None:
    """Look at those of some leads that are still due; as `look_at_due`."""
    keys = among(Lead.__table__.c.tenant_id, Lead.__table__.c.object_id)
    some = _due(Lead, at=at).where(*keys, Lead.entity.in_((LEAD, DEAL))).with_for_update(skip_locked=True)
    rows = session.scalars(some, wanted((each.tenant_id, each.id) for each in leads)).all()
    _look_at_all(session, rows, at)


def put_back(session: Session, lead: LeadRef, at: datetime) -> None:
    """Let a lead that could not be looked at be due again, later each time in a row that it fails.

    One that is no longer due stays as it is: it was looked at meanwhile, or a webhook made it due anew.
    """
    row = session.get(Lead, (lead.tenant_id, lead.entity, lead.id), with_for_update=True)
    if row is not None and row.look_at is not None and row.look_at <= at:
        row.look_at = at + _PUT_BACK[min(row.failed_looks, len(_PUT_BACK) - 1)]
        row.failed_looks += 1


def _due(*columns: Any, at: datetime) -> Any:
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    return (
        select(*columns)
        .where(Lead.look_at <= at, not_indexed(Lead.tenant_id).in_(active))
        .order_by(Lead.look_at)
    )


def _look_at_all(session: Session, rows: Sequence[Lead], at: datetime) -> int:
    teams: dict[int, TeamScoring] = {}
    arrivals: list[Arrival] = []
    data = read_data(session, rows)
    for row in rows:
        row.look_at, row.failed_looks = None, 0
        if row.tenant_id not in teams:
            teams[row.tenant_id] = TeamScoring(session, row.tenant_id)
        made = look_at(session, row, data, teams[row.tenant_id], at)
        arrivals += [made] if made is not None else []
    add_lines(session, data.lines)
    for tenant_id in teams:
        if new := [lead.id for lead in data.first_scored if lead.tenant_id == tenant_id]:
            mark_scored(session, tenant_id, new, at)
    store_arrivals(session, arrivals)
    session.flush()
    return len(rows)


def look_at(
    session: Session, row: Lead, data: ScoringData, team: TeamScoring, at: datetime
) -> Arrival | None:
    """Note what changed with a lead since it was looked at last, and score it while it is open.

    Returns the event of its new score, if there is one to be told.
    """
    tracked = data.states.get((row.tenant_id, row.entity, row.object_id))
    if tracked is None:
        return None
    state, _ = unpacked(tracked.state)
    ref = LeadRef(row.tenant_id, row.entity, row.object_id)
    if row.known_owner_id is None:
        row.known_owner_id = row.owner_id
        row.is_open = row.is_open and is_open_state(row.entity, state)
        origin = _take_up(session, row, state, at) if row.entity == DEAL else None
        if origin is None:
            data.add_line(ref, NewLine(LeadEvent.CREATED, row.added_at, "created"))
            if team.is_new(row, at) and not is_unrouted(state):
                note_arrival(session, row, at)
    _note_owner(data, ref, row)
    if not row.is_open and is_being_ended(session, row):
        row.look_at = at + ENDS_WITHIN  # the end of the action says who ended it, or that nobody of us did
    elif row.entity == LEAD and not row.is_open:
        _note_end_of_lead(session, ref, row, tracked.heard_at, at)
    else:
        _note_end(data, ref, row, state)
    return score_lead(session, row, data, team, at) if row.is_open and state else None


def _take_up(session: Session, row: Lead, state: Mapping[str, Json], at: datetime) -> Lead | None:
    """Take up what was known of a deal that is a lead now; return the lead that it was, None for none."""
    lead = origin_of(session, row, state, at)
    if lead is None:
        restore(session, row)
    else:
        go_on(session, lead, row, at)
    return lead


def _note_owner(data: ScoringData, ref: LeadRef, row: Lead) -> None:
    if not row.is_open or row.owner_id == row.known_owner_id:
        return
    if row.known_owner_id is not None:
        key = f"owner:{row.changed_at:%Y%m%d%H%M%S%f}"
        owner = {"owner_id": row.owner_id} if row.owner_id else {}
        line = NewLine(LeadEvent.OWNER_CHANGED, row.changed_at, key, details=owner)
        data.add_line(ref, line)
    row.known_owner_id = row.owner_id


def _note_end_of_lead(session: Session, ref: LeadRef, row: Lead, heard_at: datetime, at: datetime) -> None:
    """Note that a lead of the inbox was archived or deleted, or that a deal was made of it.

    The deal may be known later: then the lead was not lost, and for a while it is looked at again for that.
    """
    if row.status == LeadStatus.CONVERTED:
        return
    was_lost = row.status == LeadStatus.LOST
    deal = (row.deal_id or "") if was_lost else deal_of(session, row)
    if not deal:
        row.look_at = next_look(session, row, heard_at, at, is_first=not was_lost)
        if was_lost:
            return
    row.snoozed_until = None
    row.status = LeadStatus.CONVERTED if deal else LeadStatus.LOST
    drop_end(session, row)
    what, more = (LeadEvent.CONVERTED, {"deal_id": deal}) if deal else (LeadEvent.LOST, {})
    add_line(session, ref, NewLine(what, row.changed_at, _end_key(row), details=more))
    if deal:
        note_conversion(session, row, deal, at)


def _end_key(row: Lead) -> str:
    return f"{END_LINE}{row.changed_at:%Y%m%d%H%M%S%f}"


def _note_end(data: ScoringData, ref: LeadRef, row: Lead, state: Mapping[str, Json]) -> None:
    """Note that a deal is no open lead any more, or that a lead is back."""
    is_over = row.status in (LeadStatus.CONVERTED, LeadStatus.LOST)
    if row.entity == DEAL and not row.is_open:
        if not is_over or (row.status == LeadStatus.LOST and end_of(state) is DealEnd.WON):
            _note_deal_end(data, ref, row, state)
    elif row.is_open and (row.status == LeadStatus.LOST or (is_over and row.entity == DEAL)):
        row.status = LeadStatus.NEW if row.contacted_at is None else LeadStatus.CONTACTED
        key = f"back:{row.changed_at:%Y%m%d%H%M%S%f}"
        data.add_line(ref, NewLine(LeadEvent.REOPENED, row.changed_at, key))


def _note_deal_end(data: ScoringData, ref: LeadRef, row: Lead, state: Mapping[str, Json]) -> None:
    """Note how a deal ended as a lead. One whose pipeline is no longer chosen has not: it is removed."""
    if is_open_deal(state) and pipeline_of(state) == row.pipeline_id:
        return
    end, row.snoozed_until = end_of(state), None
    is_converted = end in (DealEnd.WON, DealEnd.MOVED)
    row.status = LeadStatus.CONVERTED if is_converted else LeadStatus.LOST
    details = {"how": str(end)} | ({"pipeline_id": pipeline_of(state)} if end is DealEnd.MOVED else {})
    what = LeadEvent.CONVERTED if is_converted else LeadEvent.LOST
    data.add_line(ref, NewLine(what, row.changed_at, _end_key(row), details=details))


def deal_of(session: Session, row: Lead) -> str:
    """Return the deal that a lead became by somebody in Pipedrive itself, empty if none is known.

    Such a deal has the lead's title and names it, where Pipedrive says so (`source_lead_id`).
    """
    if row.deal_id:
        return row.deal_id
    lead = session.get(TrackedObject, (row.tenant_id, row.entity, row.object_id))
    if lead is None or not lead.words:
        return ""
    same = (
        TrackedObject.tenant_id == row.tenant_id,
        TrackedObject.entity == "deal",
        TrackedObject.words == lead.words,
        TrackedObject.changed_at >= row.added_at,
    )
    query = select(TrackedObject).where(*same).order_by(TrackedObject.changed_at.desc()).limit(20)
    deals = ((deal.object_id, unpacked(deal.state)[0]) for deal in session.scalars(query))
    return deals_by_lead(deals).get(row.object_id, "")
