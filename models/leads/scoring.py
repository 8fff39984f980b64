"""Scores leads: what is known of each becomes its score; each change of it is a row with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.events import store as event_store
from models.events.store import SIGNALLED, Arrival
from models.leads.history import LeadRef, NewLine, add_line
from models.leads.score import LeadFacts, Reason, Scored, reasons_of, score_of
from models.leads.weights import Weights, weights_of
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.pipedrive.signal import BAND, SCORE, SCORED, signal_body
from models.stalled.track import ACTIVITY, LEAD, unpacked
from models.tables.connections import Connection
from models.tables.events import EventState
from models.tables.leads import Lead, LeadEvent, LeadScore, LeadSettings
from models.tables.rules import Rule
from models.tables.stalled import TrackedObject


class TeamScoring:
    """How the leads of one tenant are scored, read once for many of them."""

    def __init__(self, session: Session, tenant_id: int) -> None:
        settings = session.get(LeadSettings, tenant_id)
        self.weights = weights_of(settings.weights) if settings is not None else Weights()
        self.version = settings.version if settings is not None else 0
        company = select(Connection.company_id).where(Connection.tenant_id == tenant_id)
        self.company_id = session.scalar(company)
        named = select(Rule.event_types).where(Rule.tenant_id == tenant_id, Rule.is_enabled.is_(True))
        self.is_named = any(SCORED in types for types in session.scalars(named))


def score_lead(
    session: Session, row: Lead, tracked: TrackedObject, team: TeamScoring, at: datetime
) -> Arrival | None:
    """Score a lead; return the event of its change, None where there is none to be told.

    There is one where a rule names it, or the band has changed; nothing for the first score of a lead that
    was there before. The row says when it changes by time alone (`look_at`).
    """
    state, permitted = unpacked(tracked.state)
    scored = score_of(facts_of(session, row, state), team.weights, at)
    row.look_at = scored.changes_at
    row.scored_at = at
    last = last_score(session, LeadRef(row.tenant_id, row.entity, row.object_id))
    if last is not None and _is_same(last, scored):
        return None
    made = LeadScore(tenant_id=row.tenant_id, entity=row.entity, object_id=row.object_id, at=at)
    made.score, made.band, made.weights_version = scored.score, scored.band, team.version
    made.reasons = [each.stored() for each in scored.reasons]
    session.add(made)
    session.flush()
    before, band_before = row.score, row.band
    row.score, row.band = scored.score, scored.band
    if band_before and band_before != scored.band:
        details = {"score": scored.score, "band": scored.band}
        line = NewLine(LeadEvent.BAND_CHANGED, at, f"score:{made.id}", details=details)
        add_line(session, LeadRef(row.tenant_id, row.entity, row.object_id), line)
    is_news = scored.score != before and (team.is_named or band_before != scored.band)
    if row.entity != LEAD or not is_news:
        return None
    previous = {SCORE: before or 0, BAND: band_before}
    return _arrival(row, made, (state, permitted), previous, team)


def facts_of(session: Session, row: Lead, state: Mapping[str, Json]) -> LeadFacts:
    """Return what is known of a lead."""
    person = _state_of(session, row.tenant_id, "person", state.get("person_id"))
    organization = state.get("organization_id", state.get("org_id"))
    worth = state.get("value")
    return LeadFacts(
        row.added_at,
        has_email=_has_some(person.get("emails")),
        has_phone=_has_some(person.get("phones")),
        has_organization=bool(organization),
        value=float(worth) if isinstance(worth, int | float) else 0.0,
        source=str(state.get("source_name") or ""),
        contacted_at=row.contacted_at,
        active_at=_active_at(session, row),
    )


def last_score(session: Session, lead: LeadRef) -> LeadScore | None:
    """Return the last change of a lead's score, None before the first."""
    mine = (
        LeadScore.tenant_id == lead.tenant_id,
        LeadScore.entity == lead.entity,
        LeadScore.object_id == lead.id,
    )
    return session.scalars(select(LeadScore).where(*mine).order_by(LeadScore.id.desc()).limit(1)).first()


def reasons_for(session: Session, lead: LeadRef) -> list[Reason]:
    """Return why the score of a lead is what it is; nothing before it was scored."""
    last = last_score(session, lead)
    return reasons_of(last.reasons) if last is not None else []


def _is_same(last: LeadScore, scored: Scored) -> bool:
    """Tell whether a score says nothing new: the days that went by alone are nothing."""
    parts = [(each.part, each.points) for each in reasons_of(last.reasons)]
    is_same = parts == [(each.part, each.points) for each in scored.reasons]
    return is_same and last.score == scored.score and last.band == scored.band


def _active_at(session: Session, row: Lead) -> datetime | None:
    mine = (TrackedObject.tenant_id == row.tenant_id, TrackedObject.entity == ACTIVITY)
    of_lead = (TrackedObject.lead_id == row.object_id,)
    return session.scalar(select(func.max(TrackedObject.changed_at)).where(*mine, *of_lead))


def _state_of(session: Session, tenant_id: int, entity: str, raw: Json) -> Mapping[str, Json]:
    key = id_key(raw)
    found = session.get(TrackedObject, (tenant_id, entity, key)) if key else None
    return unpacked(found.state)[0] if found is not None else {}


def _has_some(raw: Any) -> bool:
    values = raw if isinstance(raw, list) else [raw]
    return any(each.get("value") if isinstance(each, Mapping) else each for each in values)


_State = tuple[Mapping[str, Json], frozenset[str] | None]


def _arrival(
    row: Lead, made: LeadScore, known: _State, previous: Mapping[str, Json], team: TeamScoring
) -> Arrival:
    state, permitted = known
    key = f"{SIGNALLED}lead:{row.object_id}:score:{made.id}"
    body = signal_body(
        SCORED,
        row.object_id,
        {**state, SCORE: made.score, BAND: made.band},
        made.at,
        key=key,
        company_id=team.company_id,
        seen_by=None if permitted is None else sorted(permitted),
    )
    body["previous"] = dict(previous)
    return Arrival(row.tenant_id, key, orjson.dumps(body), EventState.NEW, made.at)


def store_arrivals(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Store the events of scores, in the transaction that records these."""
    if arrivals:
        event_store.store(session, arrivals)
