"""Looks at leads that changed, and at those whose score changes by their age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from jobs.deliveries.parts import is_database_away, work_in_parts
from jobs.leads.find_deals import DealFinder
from jobs.queue import INTERRUPTIONS
from models.clock import now
from models.database.engine import Database
from models.leads.adopt import adopt_some, is_adopting
from models.leads.ends.origins import due_lost_leads, questions_of
from models.leads.history import LeadRef
from models.leads.look import due_leads, look_at_due, look_at_some, put_back
from models.leads.settings import is_rescoring, rescore_some
from models.tables.leads import Lead

BATCH: Final = 100  # leads for which one transaction holds the write lock

log = structlog.get_logger()


def look_at_leads(database: Database, deals: DealFinder | None = None) -> bool:
    """Look at a batch of what is due; return whether more may be left. Idle workers write nothing.

    `deals` asks Pipedrive, beside, of which archived leads a deal was made. A lead over which that fails, or
    the look, is put back, and waits longer each time; the others go on. Raises DatabaseUnavailable.
    """
    at = now()
    with database.reading_all() as session:
        due = due_leads(session, at, BATCH)
        has_more = is_rescoring(session) or is_adopting(session, at)
        # Only those that are looked at now: of the others it is asked when it is their turn.
        lost = due_lost_leads(session, due[-1][1], BATCH) if due and deals is not None else []
    if deals is not None and lost:
        _ask(database, deals, lost)
    # What changed goes before what is only scored anew.
    if due and _look(database, at) == BATCH:
        return True
    if not has_more:
        return False
    with database.writing_all() as session:
        return adopt_some(session, at, BATCH) or rescore_some(session, at, BATCH)


def _ask(database: Database, deals: DealFinder, lost: Sequence[Lead]) -> None:
    def ask(part: Sequence[Lead]) -> None:
        with database.reading_all() as session:
            questions = questions_of(session, part)
        deals.ask(questions)

    def skip(lead: Lead, error: Exception) -> None:
        """It is put back where it is looked at: there the same is read of it."""
        log.error("lead.not_asked", exc_info=error, tenant_id=lead.tenant_id, object_id=lead.object_id)

    work_in_parts(database, lost, lambda each: each.tenant_id, ask, skip)


def _look(database: Database, at: datetime) -> int:
    """Look at a batch; where that fails, at its parts. Return how many were due."""
    try:
        with database.writing_all() as session:
            return look_at_due(session, at, BATCH)
    except INTERRUPTIONS:
        raise
    except Exception as error:
        if is_database_away(database, error):
            raise
    with database.reading_all() as session:
        due = [lead for lead, _ in due_leads(session, at, BATCH)]

    def look(part: Sequence[LeadRef]) -> None:
        with database.writing_all() as session:
            look_at_some(session, part, at)

    def give_up(lead: LeadRef, error: Exception) -> None:
        log.error("lead.failed", exc_info=error, tenant_id=lead.tenant_id, object_id=lead.id)
        with database.writing_all() as session:
            put_back(session, lead, at)

    work_in_parts(database, due, lambda each: each.tenant_id, look, give_up)
    return len(due)
