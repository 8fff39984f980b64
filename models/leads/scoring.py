"""Scores leads: what is known of each becomes its score; each change of it is a row with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.connections.lead_pipelines import chosen_times
from models.events import store as event_store
from models.events.store import SIGNALLED, Arrival
from models.leads.history import LeadRef, NewLine
from models.leads.score import LeadFacts, Reason, Scored, reasons_of, score_of
from models.leads.weights import Weights, weights_of
from models.pipedrive.deal_leads import DEAL, LEAD, source_of
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.pipedrive.signal import BAND, SCORE, SCORED, signal_body
from models.stalled.track import ACTIVITY, unpacked
from models.tables.connections import Connection
from models.tables.events import EventState
from models.tables.leads import Lead, LeadEvent, LeadScore, LeadSettings
from models.tables.rules import Rule
from models.tables.stalled import TrackedObject

NEW: Final = timedelta(days=1)
Key = tuple[int, str, str]


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
        self.chosen = chosen_times(session, tenant_id)

    def is_new(self, row: Lead, at: datetime) -> bool:
        """Tell whether a lead came lately. A deal that was there before its pipeline was chosen did not."""
        if row.entity == DEAL and not self.chosen.get(row.pipeline_id or "", at) <= row.added_at:
            return False
        return at - row.added_at <= NEW


@dataclass(slots=True)
class ScoringData:
    """What is known of some leads, read together: states by entity and id, last activities, last scores.

    `lines` are those to be added to their histories, `first_scored` the new leads that had no score before.
    """

    states: dict[Key, TrackedObject] = field(default_factory=dict)
    active: dict[tuple[int, str], datetime] = field(default_factory=dict)
    scores: dict[Key, LeadScore] = field(default_factory=dict)
    lines: list[tuple[LeadRef, NewLine]] = field(default_factory=list)
    first_scored: list[LeadRef] = field(default_factory=list)

    def add_line(self, lead: LeadRef, line: NewLine) -> None:
        self.lines.append((lead, line))


def read_data(session: Session, rows: Sequence[Lead]) -> ScoringData:
    """Read what the scores of leads (at most some hundred) are made of, in a few statements."""
    keys = [(row.tenant_id, row.entity, row.object_id) for row in rows]
    data = ScoringData(_states(session, keys))
    people = [
        (tracked.tenant_id, "person", key)
        for tracked in data.states.values()
        if (key := id_key(unpacked(tracked.state)[0].get("person_id")))
    ]
    data.states |= _states(session, people)
    for tenant_id in {row.tenant_id for row in rows}:
        mine = [row for row in rows if row.tenant_id == tenant_id]
        for entity, column in ((LEAD, TrackedObject.lead_id), (DEAL, TrackedObject.deal_id)):
            if ids := [row.object_id for row in mine if row.entity == entity]:
                data.active |= _last_activities(session, tenant_id, column, ids)
        data.scores |= _last_scores(session, tenant_id, [row.object_id for row in mine])
    return data


def _states(session: Session, keys: Iterable[Key]) -> dict[Key, TrackedObject]:
    by_kind: dict[tuple[int, str], set[str]] = defaultdict(set)
    for tenant_id, entity, object_id in keys:
        by_kind[tenant_id, entity].add(object_id)
    found: dict[Key, TrackedObject] = {}
    for (tenant_id, entity), ids in by_kind.items():
        mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == entity)
        rows = session.scalars(select(TrackedObject).where(*mine, TrackedObject.object_id.in_(sorted(ids))))
        found |= {(tenant_id, entity, row.object_id): row for row in rows}
    return found


def _last_activities(
    session: Session, tenant_id: int, column: Any, ids: Sequence[str]
) -> dict[tuple[int, str], datetime]:
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ACTIVITY, column.in_(ids))
    rows = session.execute(select(column, func.max(TrackedObject.changed_at)).where(*mine).group_by(column))
    return {(tenant_id, str(lead)): at for lead, at in rows}


def _last_scores(session: Session, tenant_id: int, leads: Sequence[str]) -> dict[Key, LeadScore]:
    of_leads = (LeadScore.entity.in_((LEAD, DEAL)), LeadScore.object_id.in_(leads))
    mine = (LeadScore.tenant_id == tenant_id, *of_leads)
    last = select(func.max(LeadScore.id)).where(*mine).group_by(LeadScore.entity, LeadScore.object_id)
    # In two statements: as one, PostgreSQL may read the scores of the whole team again for each lead.
    ids = session.scalars(last).all()
    rows = session.scalars(select(LeadScore).where(LeadScore.tenant_id == tenant_id, LeadScore.id.in_(ids)))
    return {(row.tenant_id, row.entity, row.object_id): row for row in rows}


def score_lead(
    session: Session, row: Lead, data: ScoringData, team: TeamScoring, at: datetime
) -> Arrival | None:
    """Score a lead; return the event of its change, None where there is none to be told.

    The row says when it changes by time alone (`look_at`).
    """
    key = (row.tenant_id, row.entity, row.object_id)
    state, permitted = unpacked(data.states[key].state)
    scored = score_of(facts_of(row, state, data), team.weights, at)
    row.look_at, row.scored_at = scored.changes_at, at
    last = data.scores.get(key)
    if last is not None and _is_same(last, scored):
        return None
    made = LeadScore(tenant_id=row.tenant_id, entity=row.entity, object_id=row.object_id, at=at)
    made.score, made.band, made.weights_version = scored.score, scored.band, team.version
    made.reasons = [each.stored() for each in scored.reasons]
    session.add(made)
    before, band_before = row.score, row.band
    row.score, row.band = scored.score, scored.band
    if before is None and team.is_new(row, at):
        data.first_scored.append(LeadRef(*key))
    if band_before and band_before != scored.band:
        details = {"score": scored.score, "band": scored.band}
        line = NewLine(LeadEvent.BAND_CHANGED, at, f"score:{at:%Y%m%d%H%M%S%f}", details=details)
        data.add_line(LeadRef(*key), line)
    if not _is_news(row, team, before, band_before, at):
        return None
    previous = {SCORE: before or 0, BAND: band_before}
    return _arrival(row, made, (state, permitted), previous, team)


def _is_news(row: Lead, team: TeamScoring, before: int | None, band_before: str, at: datetime) -> bool:
    """Tell whether a score is stored as an event: each where a rule names it, else only another band.

    Those of another band are there for a rule that is tried on the past.

    The first score of a lead that has been there for longer is none: else all leads of a team that has just
    connected would be told at once.
    """
    if before is None:
        return team.is_named and team.is_new(row, at)
    return row.score != before and (team.is_named or band_before != row.band)


def facts_of(row: Lead, state: Mapping[str, Json], data: ScoringData) -> LeadFacts:
    """Return what is known of a lead."""
    person = data.states.get((row.tenant_id, "person", id_key(state.get("person_id")) or ""))
    about = unpacked(person.state)[0] if person is not None else {}
    organization = state.get("organization_id", state.get("org_id"))
    worth = state.get("value")
    return LeadFacts(
        row.added_at,
        has_email=_has_some(about.get("emails")),
        has_phone=_has_some(about.get("phones")),
        has_organization=bool(organization),
        value=float(worth) if isinstance(worth, int | float) else 0.0,
        source=source_of(row.entity, state),
        contacted_at=row.contacted_at,
        active_at=data.active.get((row.tenant_id, row.object_id)),
    )


def last_score(session: Session, lead: LeadRef) -> LeadScore | None:
    """Return the last change of a lead's score, None before the first."""
    mine = (
        LeadScore.tenant_id == lead.tenant_id,
        LeadScore.entity == lead.entity,
        LeadScore.object_id == lead.id,
    )
    return session.scalars(select(LeadScore).where(*mine).order_by(LeadScore.id.desc()).limit(1)).first()


def scores_now(session: Session, tenant_id: int, leads: Sequence[str]) -> dict[str, Scored]:
    """Return the scores of leads by their ids in Pipedrive; whether they may be seen is for the caller."""
    found = _last_scores(session, tenant_id, leads)
    return {key[2]: Scored(row.score, row.band, reasons_of(row.reasons)) for key, row in found.items()}


def reasons_for(session: Session, lead: LeadRef) -> list[Reason]:
    """Return why the score of a lead is what it is; nothing before it was scored."""
    last = last_score(session, lead)
    return reasons_of(last.reasons) if last is not None else []


def _is_same(last: LeadScore, scored: Scored) -> bool:
    """Tell whether a score says nothing new: the days that went by alone are nothing."""
    parts = [(each.part, each.points) for each in reasons_of(last.reasons)]
    is_same = parts == [(each.part, each.points) for each in scored.reasons]
    return is_same and last.score == scored.score and last.band == scored.band


def _has_some(raw: Any) -> bool:
    values = raw if isinstance(raw, list) else [raw]
    return any(each.get("value") if isinstance(each, Mapping) else each for each in values)


_State = tuple[Mapping[str, Json], frozenset[str] | None]


def _arrival(
    row: Lead, made: LeadScore, known: _State, previous: Mapping[str, Json], team: TeamScoring
) -> Arrival:
    state, permitted = known
    key = f"{SIGNALLED}{row.entity}:{row.object_id}:score:{made.at:%Y-%m-%dT%H:%M:%S.%f}"
    body = signal_body(
        SCORED,
        row.object_id,
        {**state, SCORE: made.score, BAND: made.band},
        made.at,
        key=key,
        company_id=team.company_id,
        seen_by=None if permitted is None else sorted(permitted),
        entity=row.entity,
    )
    body["previous"] = dict(previous)
    return Arrival(row.tenant_id, key, orjson.dumps(body), EventState.NEW, made.at)


def store_arrivals(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Store the events of scores, in the transaction that records these."""
    if arrivals:
        event_store.store(session, arrivals)
