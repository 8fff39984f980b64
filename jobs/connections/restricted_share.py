"""Measures at connecting how many deals only some may see, by a few calls, and tells the admins."""

from __future__ import annotations

from typing import Final

import structlog

from jobs.connections.viewers import Circle, Viewers, circle_of
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import BACKGROUND, Pipedrive
from models.connections.restricted_share import CONNECTED, MOST_DEALS, Share, is_due, tell_at_connecting
from models.connections.visibility import active_users, restriction
from models.database.engine import Database
from models.errors import AppError
from models.pipedrive.webhook.parsed import identity

MOST_ASKED: Final = 10  # calls of 10 tokens each; deals beyond them are not counted

log = structlog.get_logger()


def measure(api: PipedriveApi, users: frozenset[str]) -> Share:
    """Return the share among the deals changed last. Raises what calls raise."""
    viewers, asked = Viewers(api), set[Circle]()
    counted = restricted = 0
    for item in api.recent_deals(MOST_DEALS):
        number = identity(item.get("id"))
        if number is None:
            continue
        circle = circle_of("deal", number, item)
        if circle not in asked and len(asked) == MOST_ASKED:
            continue
        asked.add(circle)
        permitted = frozenset(viewers.of("deal", number, item, None) or ())
        counted, restricted = counted + 1, restricted + bool(restriction(permitted, users))
    return Share(restricted, counted)


def tell_share(database: Database, pipedrive: Pipedrive, tenant_id: int) -> None:
    """Tell the admins once, if most deals are restricted; what fails waits for the next day."""
    with database.reading(tenant_id) as session:
        users = active_users(session, tenant_id)
        due = is_due(session, tenant_id, CONNECTED)
    if not due or len(users) < 2:
        return
    try:
        share = pipedrive.as_tenant(tenant_id, lambda api: measure(api, users), spending=BACKGROUND)
    except AppError as failed:
        log.info("restricted_share.not_measured", tenant_id=tenant_id, why=type(failed).__name__)
        return
    with database.writing(tenant_id) as session:
        tell_at_connecting(session, tenant_id, share)
