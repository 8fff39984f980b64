"""Posts the summary of stalled deals to each tenant's space at its time, worst first."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from bot.cards.event import object_link
from bot.cards.stalled import stalled_row
from models.accounts.queries import get_tenant
from models.clock import now
from models.connections.queries import get_connection
from models.database.engine import Database, Session
from models.languages.translate import speaking
from models.pipedrive.name_refs import refs_in
from models.stalled.queries import list_stalled, names_for, seen_by_space
from models.stalled.settings import due_summaries, post_summary, take_summary

MOST_ROWS: Final = 10

log = structlog.get_logger()


def sum_up_stalled(database: Database) -> None:
    """Post what is due. The next time is recorded with the card, so that no card is posted twice."""
    at = now()
    with database.reading_all() as session:
        due = due_summaries(session, at)
    for tenant_id in due:
        with database.writing(tenant_id) as session:
            posted = _post(session, tenant_id, at)
        log.info("stalled.summed_up", tenant_id=tenant_id, posted=posted)


def _post(session: Session, tenant_id: int, at: datetime) -> int:
    """Post the summary of one tenant; nothing where no deal is stalled that everybody may see."""
    settings = take_summary(session, tenant_id, at)
    if settings is None or settings.destination_id is None:
        return 0
    sees = seen_by_space(session, tenant_id)
    found = list_stalled(session, tenant_id, sees, at, least_value=settings.least_value)
    if not found.deals:
        return 0
    shown = found.deals[:MOST_ROWS]
    names = names_for(session, tenant_id, {pair for each in shown for pair in refs_in(each.change)})
    connection = get_connection(session, tenant_id)
    base = f"https://{connection.domain}" if connection is not None and connection.domain else ""
    with speaking(get_tenant(session, tenant_id).language):
        rows = [stalled_row(each, names, object_link(each.change, base)).as_json() for each in shown]
    summary = {"rows": rows, "total": len(found.deals), "is_cut": found.is_cut}
    return post_summary(session, tenant_id, settings.destination_id, summary, at)
