"""Looks at leads that changed, and at those whose score changes by their age."""

from __future__ import annotations

from typing import Final

from jobs.leads.find_deals import DealFinder
from models.clock import now
from models.database.engine import Database
from models.leads.adopt import adopt_some, is_adopting
from models.leads.ends.origins import due_questions
from models.leads.look import is_any_due, look_at_due
from models.leads.settings import is_rescoring, rescore_some

BATCH: Final = 100  # leads for which one transaction holds the write lock


def look_at_leads(database: Database, deals: DealFinder | None = None) -> bool:
    """Look at a batch of what is due; return whether more may be left. Idle workers write nothing.

    `deals` asks Pipedrive, beside, of which archived leads a deal was made.
    """
    at = now()
    with database.reading_all() as session:
        if not (is_any_due(session, at) or is_rescoring(session) or is_adopting(session, at)):
            return False
        if deals is not None:
            deals.ask(due_questions(session, at, BATCH))
    with database.writing_all() as session:
        # What changed goes before what is only scored anew.
        is_more = look_at_due(session, at, BATCH) == BATCH
        return is_more or adopt_some(session, at, BATCH) or rescore_some(session, at, BATCH)
