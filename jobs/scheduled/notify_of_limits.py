"""Tells the admins of a tenant, once a day, that more arrived than is stored for one tenant a day."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins
from models.events.day_usage import begin_notice, tenants_over_limit
from models.languages.translate import for_later
from models.settings import Settings

TITLE = for_later("Too many webhooks today")


def notify_of_limits(database: Database, settings: Settings) -> None:
    at = now()
    with database.reading_all() as session:
        tenants = tenants_over_limit(session, at.date())
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            if begin_notice(session, tenant_id, at.date(), at):
                words = for_later(
                    "Pipedrive sent more today than Pipenotify stores for one company ({events}"
                    " webhooks or {mb} MB). What came after that makes no cards, until midnight UTC."
                    " Look for an integration or an import that changes very many things, or ask who"
                    " runs Pipenotify for a higher limit.",
                    events=f"{settings.tenant_events_per_day:,}",
                    mb=f"{settings.tenant_mb_per_day:,}",
                )
                notice = Notice(TITLE, words, for_later("Open the setup page"), f"{settings.base_url}/setup")
                notify_admins(session, tenant_id, notice)
