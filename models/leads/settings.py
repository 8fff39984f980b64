"""How a team scores its leads: its weights, what they make of last month's leads, and scoring all anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.leads.queries import KnownLead, LeadFilter, LeadView, list_leads
from models.leads.score import score_of
from models.leads.scoring import facts_of, read_data
from models.leads.weights import USUAL, Weights, check_weights, weights_of
from models.security.audit import record
from models.tables.leads import Lead, LeadSettings

EXAMPLES: Final = 300  # leads on which weights are tried
MONTH: Final = timedelta(days=31)
FIRST: Final = " "  # before the id of every lead


@dataclass(frozen=True, slots=True)
class TriedLead:
    """What weights make of one lead; `before` is its present score, None for none."""

    lead: KnownLead
    score: int
    band: str
    before: int | None


@dataclass(frozen=True, slots=True)
class Recomputing:
    """How far scoring all leads anew has got; `is_over` where none is under way."""

    done: int
    total: int
    is_over: bool


def get_weights(session: Session, tenant_id: int) -> Weights:
    """Return what a team has set, or what holds until it sets something."""
    row = session.get(LeadSettings, tenant_id)
    return weights_of(row.weights) if row is not None else USUAL


def set_weights(session: Session, actor: Actor, wanted: Weights) -> None:
    """Set the weights; all leads are scored anew. Raises NotAllowed, InvalidRequest."""
    require(session, actor, Action.SPACE_CHANGE)
    check_weights(wanted)
    row = lock_settings(session, actor.tenant)
    if row.weights and weights_of(row.weights) == wanted:
        return
    row.weights, row.version = wanted.stored(), row.version + 1
    _begin(session, row)
    record(session, actor, "score.weights", "scores of leads", hot=wanted.hot_from, warm=wanted.warm_from)


def recompute_scores(session: Session, actor: Actor) -> Recomputing:
    """Score all open leads anew, a part at a time; one that is under way goes on. Raises NotAllowed."""
    require(session, actor, Action.SPACE_CHANGE)
    row = lock_settings(session, actor.tenant)
    if row.rescored_to is None:
        _begin(session, row)
        record(session, actor, "score.recompute", "scores of leads", leads=row.rescore_total)
    return get_progress(session, actor.tenant)


def get_progress(session: Session, tenant_id: int) -> Recomputing:
    """Return how far scoring all leads anew has got."""
    row = session.get(LeadSettings, tenant_id)
    if row is None:
        return Recomputing(0, 0, is_over=True)
    return Recomputing(row.rescore_done, row.rescore_total, row.rescored_to is None)


def rescore_some(session: Session, at: datetime, limit: int) -> bool:
    """Let the next leads of a team that scores all anew be looked at; False where no team does.

    The session is a writing one over all tenants.
    """
    under_way = select(LeadSettings).where(LeadSettings.rescored_to.is_not(None))
    row = session.scalars(under_way.limit(1).with_for_update(skip_locked=True)).first()
    if row is None:
        return False
    mine = (Lead.tenant_id == row.tenant_id, Lead.is_open.is_(True))
    behind = Lead.object_id > str(row.rescored_to)
    order = select(Lead.entity, Lead.object_id).where(*mine, behind).order_by(Lead.object_id).limit(limit)
    found = [tuple(each) for each in session.execute(order)]
    if not found:
        row.rescored_to, row.rescore_done = None, row.rescore_total
        return True
    these = tuple_(Lead.entity, Lead.object_id).in_(found)
    soon = update(Lead).where(Lead.tenant_id == row.tenant_id, these).values(look_at=at)
    session.execute(soon.execution_options(synchronize_session=False))
    row.rescored_to, row.rescore_done = found[-1][1], row.rescore_done + len(found)
    return True


def is_rescoring(session: Session) -> bool:
    """Return whether some team scores all its leads anew. The session sees all tenants."""
    under_way = select(LeadSettings.tenant_id).where(LeadSettings.rescored_to.is_not(None)).limit(1)
    return session.scalar(under_way) is not None


def try_weights(view: LeadView, weights: Weights) -> list[TriedLead]:
    """Return what weights make of last month's leads that may be seen, the highest score first."""
    wanted = LeadFilter(snoozed=None, closed=None, added_since=view.at - MONTH)
    leads = list_leads(view, wanted, limit=EXAMPLES).leads
    data, made = read_data(view.session, [each.row for each in leads]), []
    for lead in leads:
        scored = score_of(facts_of(lead.row, lead.state, data), weights, view.at)
        made.append(TriedLead(lead, scored.score, scored.band, lead.row.score))
    return sorted(made, key=lambda each: -each.score)


def count_bands(examples: Sequence[TriedLead]) -> Counter[str]:
    """Count examples by their band."""
    return Counter(each.band for each in examples)


def lock_settings(session: Session, tenant_id: int) -> LeadSettings:
    """Return the settings of a tenant, made if there are none, and locked."""
    row = session.get(LeadSettings, tenant_id, with_for_update=True)
    if row is None:
        row = LeadSettings(tenant_id=tenant_id, weights={}, version=0)
        session.add(row)
        session.flush()
    return row


def _begin(session: Session, row: LeadSettings) -> None:
    mine = (Lead.tenant_id == row.tenant_id, Lead.is_open.is_(True))
    row.rescored_to, row.rescore_done = FIRST, 0
    row.rescore_total = session.scalar(select(func.count()).select_from(Lead).where(*mine)) or 0
