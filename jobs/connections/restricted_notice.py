"""Tells admins at the first card without content how many deals only some may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from jobs.queue import INTERRUPTIONS
from models.clock import monotonic
from models.connections.restricted_share import (
    REDACTED,
    FirstRedacted,
    is_due,
    stored_share,
    tell_at_first_card,
)
from models.connections.visibility import active_users
from models.database.engine import Database
from models.destinations.queries import space_titles
from models.errors import DatabaseUnavailable
from models.tables.deliveries import DeliveryState

AGAIN_S: Final = 60.0  # between two measurements of one tenant, where nothing could be told yet

log = structlog.get_logger()


class RestrictedNotices:
    """One for each process that fans out. The database knows what was told, so a crash repeats nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tried: dict[int, float] = {}

    def consider(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Look at new deliveries; raises DatabaseUnavailable alone."""
        for row in rows:
            is_first = row["withheld"] and row["state"] != DeliveryState.SKIPPED
            if is_first and "@" not in row["destination_name"] and self._may_try(row["tenant_id"]):
                self._try(row)

    def _may_try(self, tenant_id: int) -> bool:
        at = monotonic()
        if self._tried.get(tenant_id, -AGAIN_S) > at - AGAIN_S:
            return False
        self._tried[tenant_id] = at
        return True

    def _try(self, row: Mapping[str, Any]) -> None:
        try:
            if self._tell(row):
                self._tried[row["tenant_id"]] = float("inf")
        except (*INTERRUPTIONS, DatabaseUnavailable):
            raise
        except Exception:
            log.exception("restricted_share.not_told", tenant_id=row["tenant_id"])

    def _tell(self, row: Mapping[str, Any]) -> bool:
        tenant_id = row["tenant_id"]
        with self._database.reading(tenant_id) as session:
            if not is_due(session, tenant_id, REDACTED):
                return True
            share = stored_share(session, tenant_id, active_users(session, tenant_id))
            place = space_titles(session, tenant_id).get(row["destination_name"], "")
        first = FirstRedacted(row["rule_id"], row["rule_name"], place or "a space")
        with self._database.writing(tenant_id) as session:
            return tell_at_first_card(session, tenant_id, share, first)
