"""The funnel: how far leads and new deals came, and of which source leads become deals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.connections.lead_pipelines import chosen_times
from models.leads.queries import MOST_READ, KnownLead, LeadFilter, list_leads, view_of
from models.pipedrive.deal_leads import source_of
from models.pipedrive.webhook.parsed import moment
from models.sales_reports.deal_history import DealStory, first_event_at
from models.sales_reports.pipeline import WON, is_closed_as
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesRow
from models.stalled.track import ref_id
from models.tables.leads import LeadStatus

LEADS, SOURCES, STAGES, STAGES_WON = "leads", "sources", "stages", "stages_won"
CAME, CONTACTED, QUALIFIED, CONVERTED = "came", "contacted", "qualified", "converted"
NO_ORDER: Final = "stages"  # the order of some stages is not known
MANY: Final = "leads"  # more came than are looked through
# A lead only goes forward, so one that is qualified was contacted, whoever wrote that down.
_REACHED: Final = {
    CONTACTED: (LeadStatus.CONTACTED, LeadStatus.QUALIFIED, LeadStatus.CONVERTED),
    QUALIFIED: (LeadStatus.QUALIFIED, LeadStatus.CONVERTED),
    CONVERTED: (LeadStatus.CONVERTED,),
}


def leads_since(
    session: Session, reader: SalesReader, since: datetime, until: datetime
) -> tuple[list[KnownLead], datetime | None, tuple[str, ...]]:
    """Return the leads that came in a span and may be read, since when they are known, and what is unknown.

    Of those that came before our record begins we know only what was still open then: they are left out. So
    are deals that were there before their pipeline was chosen.
    """
    first = first_event_at(session, reader.tenant_id, until)
    wanted = LeadFilter(closed=None, snoozed=None, added_since=max(first, since))
    found = list_leads(view_of(session, reader.actor, until), wanted, limit=MOST_READ)
    chosen = chosen_times(session, reader.tenant_id)
    leads = [
        lead
        for lead in found.leads
        if reader.may_read(lead.known.change.permitted_user_ids, lead.row.owner_id)
        and _is_recorded(lead, chosen)
    ]
    return leads, first if first > since else None, (MANY,) if found.total >= MOST_READ else ()


def _is_recorded(lead: KnownLead, chosen: Mapping[str, datetime]) -> bool:
    """Tell whether we know of all that came with a lead, and not only of what was open later."""
    if not lead.is_deal:
        return True
    since, made = chosen.get(lead.row.pipeline_id or ""), moment(lead.state.get("add_time"))
    return since is not None and (made or lead.row.added_at) >= since


def lead_funnel(leads: Sequence[KnownLead]) -> list[SalesRow]:
    """Return how many leads came, and how many of them reached each step; nothing where none came."""
    if not leads:
        return []
    counts = Counter(step for lead in leads for step in _REACHED if _has_reached(lead, step))
    steps = [SalesRow(LEADS, step, count=counts[step], of=len(leads)) for step in _REACHED]
    return [SalesRow(LEADS, CAME, count=len(leads)), *steps]


def source_conversion(leads: Sequence[KnownLead]) -> list[SalesRow]:
    """Return how many leads of each source became deals, the source of most leads first."""
    came, converted = Counter[str](), Counter[str]()
    for lead in leads:
        source = source_of(lead.row.entity, lead.state)[:100]
        came[source] += 1
        converted[source] += _has_reached(lead, CONVERTED)
    ordered = sorted(came, key=lambda source: (-came[source], source))
    return [SalesRow(SOURCES, source, count=converted[source], of=came[source]) for source in ordered]


def deal_funnel(stories: Sequence[DealStory], reader: SalesReader) -> tuple[list[SalesRow], tuple[str, ...]]:
    """Return how many of the new deals of each pipeline reached each stage or a later one, and were won."""
    cohorts = defaultdict[str | None, list[DealStory]](list)
    for story in stories:
        if story.is_new:
            cohorts[story.pipeline_id].append(story)
    rows, known = list[SalesRow](), reader.names.of("stage")
    for pipeline_id, deals in sorted(cohorts.items(), key=lambda pair: (-len(pair[1]), pair[0] or "")):
        rows += _of_pipeline(pipeline_id, deals, reader)
    stages = {stage for deals in cohorts.values() for deal in deals for stage in stages_of(deal)}
    return rows, () if stages <= set(known) else (NO_ORDER,)


def stages_of(story: DealStory) -> set[str]:
    """Return the stages in which a deal was."""
    sides = (side for step in story.steps for side in (step.before, step.after))
    return {stage for side in sides if (stage := ref_id(side.get("stage_id"))) is not None}


def _of_pipeline(pipeline_id: str | None, deals: Sequence[DealStory], reader: SalesReader) -> list[SalesRow]:
    stages = {
        key: name
        for key, name in reader.names.of("stage").items()
        if ref_id(name.more.get("pipeline_id")) == pipeline_id
    }
    ordered = sorted(stages, key=lambda key: (float(stages[key].more.get("order") or 0), key))
    ranks = {key: rank for rank, key in enumerate(ordered)}
    furthest = [max((ranks[each] for each in stages_of(deal) if each in ranks), default=-1) for deal in deals]
    pipeline = reader.names.text("pipeline", pipeline_id) or ""
    rows = [
        SalesRow(
            STAGES,
            stages[key].text,
            id=key,
            pipeline=pipeline,
            count=sum(each >= rank for each in furthest),
            of=len(deals),
        )
        for key, rank in ranks.items()
    ]
    won = sum(is_closed_as(WON, deal) for deal in deals)
    return [*rows, SalesRow(STAGES_WON, pipeline, id=pipeline_id or "", count=won, of=len(deals))]


def _has_reached(lead: KnownLead, step: str) -> bool:
    was_met = step == CONTACTED and lead.row.contacted_at is not None
    return was_met or lead.row.status in _REACHED[step]
