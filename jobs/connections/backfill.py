"""Backfills: reads gaps, in which webhooks may have been missed, through Pipedrive's API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.text.format import moment, plural
from jobs.connections.backfill_list import OVER, ListReader, LostIt
from jobs.to_pipedrive.client import BACKGROUND_HALF, DailyQuotaUsed, Pipedrive
from jobs.to_pipedrive.staging import STAGING_WAITS
from models.backfills import backfills
from models.backfills.backfills import Claimed
from models.backfills.gaps import LANDED
from models.clock import now
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins
from models.errors import AppError, DatabaseUnavailable, NotAllowed, RateLimited
from models.settings import Settings
from models.tables.connections import ConnectionState

LISTS: Final = (
    "deal",
    "deleted deal",
    "archived deal",
    "lead",
    "person",
    "organization",
    "activity",
    "note",
    "product",
)
LADDER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
GIVES_UP_AFTER: Final = timedelta(days=3)
LOOKS_AGAIN_AFTER: Final = timedelta(hours=1)  # at the latest: a limit may be lifted before the day is over
OVER_FOR_GOOD: Final = (ConnectionState.NONE, ConnectionState.LEAVING, ConnectionState.REVOKED)

log = structlog.get_logger()


class BackfillJob:
    """Backfills the gaps of all tenants, one list at a time; each process that checks connections has one."""

    def __init__(self, database: Database, settings: Settings, pipedrive: Pipedrive) -> None:
        self._database = database
        self._setup_page = f"{settings.base_url}/setup"
        self._pipedrive = pipedrive

    def step(self) -> bool:
        """Read one list, or a part of a long one, of the gap due for longest; False when none is due.

        It calls Pipedrive for as long as a list takes; not to be called inside a transaction.
        Raises DatabaseUnavailable.
        """
        with self._database.reading_all() as session:
            if not backfills.is_any_due(session, now()):
                return False
        with self._database.writing_all() as session:
            claimed = backfills.claim(session, now())
        if claimed is None:
            return False
        try:
            self._work(claimed)
        except LostIt:
            log.warning("backfill.lease_lost", tenant_id=claimed.tenant_id, catch_up=claimed.id)
        except DatabaseUnavailable:
            raise  # its lease runs out, and the next holder continues there
        except RateLimited as slow:
            self._wait(claimed, slow)
        except AppError as trouble:
            log.warning("backfill.failed", tenant_id=claimed.tenant_id, why=str(trouble)[:200])
            self._try_later(claimed, trouble.user_message)
        except Exception:
            log.exception("backfill.unexpected", tenant_id=claimed.tenant_id, catch_up=claimed.id)
            self._try_later(claimed, AppError.user_message)
        return True

    def _work(self, claimed: Claimed) -> None:
        if not self._pipedrive.companies.allows(claimed.tenant_id):
            with self._database.writing(claimed.tenant_id) as session:
                backfills.put_off(session, claimed, now() + STAGING_WAITS)
            return
        if claimed.connection in OVER_FOR_GOOD:
            with self._database.writing(claimed.tenant_id) as session:
                backfills.end(session, claimed, now(), failed=True)
            return
        name = next((each for each in LISTS if claimed.progress.get(each) != OVER), None)
        is_read = name is None or self._read(claimed, name)
        due_at = now() if is_read else now() + LANDED
        with self._database.writing(claimed.tenant_id) as session:
            if name is not None:
                claimed.failures = 0
                backfills.put_off(session, claimed, due_at)
            elif backfills.end(session, claimed, now()) and claimed.found:
                notify_admins(session, claimed.tenant_id, self._found(claimed))

    def _read(self, claimed: Claimed, name: str) -> bool:
        try:
            return self._pipedrive.as_tenant(
                claimed.tenant_id,
                lambda api: ListReader(self._database, claimed, name, api).run(),
                spending=BACKGROUND_HALF,
            )
        except NotAllowed:  # the connecting user may not read these; the other lists continue
            log.warning("backfill.not_allowed", tenant_id=claimed.tenant_id, what=name)
            claimed.progress[name] = OVER
            return True

    def _wait(self, claimed: Claimed, slow: RateLimited) -> None:
        """Postpone by what Pipedrive, or our own part of its quota, asks for; this is no failure."""
        wait = timedelta(seconds=slow.retry_after) if slow.retry_after else LADDER[0]
        self._put_off(
            claimed,
            now() + min(wait, LOOKS_AGAIN_AFTER),
            slow.user_message if isinstance(slow, DailyQuotaUsed) else "",
        )

    def _try_later(self, claimed: Claimed, why: str) -> None:
        pause = LADDER[min(claimed.failures, len(LADDER) - 1)]
        claimed.failures += 1
        self._put_off(claimed, now() + pause, why)

    def _put_off(self, claimed: Claimed, due_at: datetime, why: str) -> None:
        with self._database.writing(claimed.tenant_id) as session:
            if now() <= max(claimed.created_at, claimed.until) + GIVES_UP_AFTER:
                backfills.put_off(session, claimed, due_at, why=why)
            elif backfills.end(session, claimed, now(), failed=True):
                log.warning("backfill.given_up", tenant_id=claimed.tenant_id, catch_up=claimed.id)
                notify_admins(session, claimed.tenant_id, self._given_up(claimed))

    def _found(self, claimed: Claimed) -> Notice:
        changes = plural(claimed.found, "change was", "changes were")
        words = f"{changes} missed {_between(claimed)} and told now, marked as late."
        return Notice("Missed changes were found", words, "Open the setup page", self._setup_page)

    def _given_up(self, claimed: Claimed) -> Notice:
        words = (
            f"What happened in Pipedrive {_between(claimed)} could not be read for three days"
            f" ({plural(claimed.found, 'change')} found), so some of it may never be told here."
            " Please look at the connection."
        )
        return Notice("Missed changes could not be found", words, "Open the setup page", self._setup_page)


def _between(claimed: Claimed) -> str:
    return f"between {moment(claimed.since)} and {moment(claimed.until)} (UTC)"
