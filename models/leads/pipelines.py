"""Which pipelines have deals that are leads: what a team chooses, and what is left of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.connections.lead_pipelines import lead_pipelines_of
from models.connections.names import names_of_kinds
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.leads.settings import Recomputing, lock_settings
from models.pipedrive.deal_leads import DEAL
from models.security.audit import record
from models.tables.leads import Lead, LeadPipeline, LeadSettings
from models.tables.stalled import TrackedObject

PIPELINE: Final = "pipeline"
MOST_PIPELINES: Final = 50
FIRST: Final = " "  # before the id of every deal
# Longer than a process may go on by an older choice (RULES_FRESH_S is at most a minute), and what it writes.
AGAIN_AFTER: Final = timedelta(seconds=90)
SOURCE: Final = "pipelines"


@dataclass(frozen=True, slots=True)
class LeadPipelineChoice:
    """A pipeline of the team's Pipedrive; `name` is empty for a chosen one that is not there any more.

    `chosen_at` is None for one whose deals are no leads.
    """

    id: str
    name: str
    chosen_by: str = ""
    chosen_at: datetime | None = None

    @property
    def is_chosen(self) -> bool:
        return self.chosen_at is not None


def list_pipelines(session: Session, tenant_id: int) -> list[LeadPipelineChoice]:
    """Return the pipelines of a team in the order of their names, and chosen ones that are gone last."""
    names = {key: name.text for (_, key), name in names_of_kinds(session, tenant_id, (PIPELINE,)).items()}
    rows = {row.pipeline_id: row for row in _rows(session, tenant_id)}
    found = [
        LeadPipelineChoice(key, names.get(key, ""), row.chosen_by, row.chosen_at)
        if (row := rows.get(key)) is not None
        else LeadPipelineChoice(key, names[key])
        for key in {*names, *rows}
    ]
    return sorted(found, key=lambda each: (not each.name, each.name.casefold(), each.id))


def choose_pipelines(session: Session, actor: Actor, wanted: Collection[str]) -> None:
    """Let the deals of these pipelines be leads, and of no others.

    Known deals become leads, or stop being some, within a short time. Raises NotAllowed, and InvalidRequest
    for a pipeline that is not known.
    """
    require(session, actor, Action.SPACE_CHANGE)
    choices = {each.id: each for each in list_pipelines(session, actor.tenant)}
    if unknown := sorted(set(wanted) - choices.keys()):
        raise InvalidRequest.of_field(
            "chosen", tr("There is no pipeline {id} in your Pipedrive.", id=unknown[0][:40])
        )
    if len(set(wanted)) > MOST_PIPELINES:
        raise InvalidRequest.of_field("chosen", tr("Choose at most {most} pipelines.", most=MOST_PIPELINES))
    if _set(session, actor, set(wanted), now()):
        titles = [choices[key].name or key for key in sorted(set(wanted))]
        record(session, actor, "lead.pipelines", "pipelines of leads", pipelines=titles)


def drop_deleted(
    session: Session, names: Mapping[tuple[int, tuple[str, str]], Any], chosen: Mapping[int, Collection[str]]
) -> None:
    """Take back the choice of pipelines that Pipedrive deleted: of these the new name is None."""
    gone = (
        (tenant_id, key)
        for (tenant_id, (kind, key)), name in names.items()
        if kind == PIPELINE and name is None and key in chosen.get(tenant_id, ())
    )
    for tenant_id, key in gone:
        actor = system(tenant_id, SOURCE)
        if _set(session, actor, lead_pipelines_of(session, tenant_id) - {key}, now()):
            record(session, actor, "lead.pipelines", "pipelines of leads", deleted=key)


def get_adopting(session: Session, tenant_id: int) -> Recomputing:
    """Return how far going through the known deals has got, after another choice."""
    row = session.get(LeadSettings, tenant_id)
    if row is None:
        return Recomputing(0, 0, is_over=True)
    is_over = row.adopted_to is None or row.adopt_again_at is None
    done = row.adopt_total if is_over else min(row.adopt_done, row.adopt_total)
    return Recomputing(done, row.adopt_total, is_over)


def of_deals(tenant_id: int) -> tuple[Any, Any]:
    """Build the conditions on the deals that may become leads, and on those that are some."""
    may_be = (
        TrackedObject.tenant_id == tenant_id,
        TrackedObject.entity == DEAL,
        TrackedObject.is_open.is_(True),
    )
    return may_be, (Lead.tenant_id == tenant_id, Lead.entity == DEAL)


def _rows(session: Session, tenant_id: int) -> Sequence[LeadPipeline]:
    return session.scalars(select(LeadPipeline).where(LeadPipeline.tenant_id == tenant_id)).all()


def _set(session: Session, actor: Actor, wanted: Iterable[str], at: datetime) -> bool:
    """Store a choice, and let the known deals be gone through; False where it is the present one."""
    settings = lock_settings(session, actor.tenant)  # of two who choose at once, one follows the other
    rows = {row.pipeline_id: row for row in _rows(session, actor.tenant)}
    wanted = set(wanted)
    if wanted == rows.keys():
        return False
    for key in rows.keys() - wanted:
        session.delete(rows[key])
    for key in sorted(wanted - rows.keys()):
        made = LeadPipeline(tenant_id=actor.tenant, pipeline_id=key, chosen_at=at)
        made.chosen_by = "" if actor.is_system else actor.name
        session.add(made)
    settings.adopted_to, settings.adopt_done, settings.adopt_again_at = FIRST, 0, at + AGAIN_AFTER
    settings.adopt_total = _count(session, actor.tenant)
    session.flush()
    return True


def _count(session: Session, tenant_id: int) -> int:
    """Count the deals to be gone through."""
    may_be, are = of_deals(tenant_id)
    is_closed = or_(Lead.is_open.is_(False), Lead.is_open.is_(None))
    open_deals = session.scalar(select(func.count()).select_from(TrackedObject).where(*may_be)) or 0
    return open_deals + (session.scalar(select(func.count()).select_from(Lead).where(*are, is_closed)) or 0)
