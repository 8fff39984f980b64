"""How the cards of the last hour fared, of all tenants together: for operators, every few minutes.

Read by the index of what has ended, tenant by tenant, so that old rows cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.reports.rows import COUNTS
from models.tables.accounts import Tenant
from models.tables.deliveries import Attempt, AttemptOutcome, Delivery, DeliveryState
from models.tables.upkeep import Measurement

NAME: Final = "last_hour"  # of its measurements
HOUR: Final = timedelta(hours=1)
_PARTS: Final = ("successful", "failed", "answers", "answer_ms", "at")


@dataclass(frozen=True, slots=True)
class LastHour:
    """How the cards fared that ended in the hour before `at`.

    Test cards and notices are left out, and so is what was skipped or gathered, which nobody tried to send.
    `answer_ms` is what Chat took for all of `answers`.
    """

    at: datetime
    successful: int
    failed: int
    answers: int = 0
    answer_ms: int = 0

    @property
    def total(self) -> int:
        return self.successful + self.failed

    @property
    def success_rate(self) -> float | None:
        """The part that succeeded, from 0 to 1; None where nothing ended."""
        return self.successful / self.total if self.total else None

    @property
    def response_s(self) -> float | None:
        """How many seconds Chat took on average to accept a card; None where it accepted none."""
        return self.answer_ms / self.answers / 1000 if self.answers else None


def count_last_hour(session: Session, at: datetime) -> LastHour:
    """Count the hour before `at`. The session sees all tenants."""
    of_delivery = and_(Attempt.tenant_id == Delivery.tenant_id, Attempt.delivery_id == Delivery.id)
    accepted = and_(of_delivery, Attempt.outcome == AttemptOutcome.DELIVERED)
    answers = _ended(DeliveryState.DELIVERED, at, func.count()).join(Attempt, accepted)
    answer_ms = _ended(DeliveryState.DELIVERED, at, func.sum(Attempt.took_ms)).join(Attempt, accepted)
    counted = (
        _ended(DeliveryState.DELIVERED, at, func.count()),
        _ended(DeliveryState.DEAD, at, func.count()),
        answers,
        answer_ms,
    )
    sums = [func.coalesce(func.sum(each.scalar_subquery()), 0) for each in counted]
    found = session.execute(select(*sums).select_from(Tenant).where(Tenant.is_internal.is_(False))).one()
    return LastHour(at, *map(int, found))


def _ended(state: DeliveryState, at: datetime, what: Any) -> Any:
    """Select something of the deliveries of a tenant (of the enclosing query) that ended so in the hour."""
    mine = (Delivery.tenant_id == Tenant.id, Delivery.state == state)
    ended = (Delivery.finished_at.is_not(None), Delivery.finished_at > at - HOUR, Delivery.finished_at <= at)
    return select(what).select_from(Delivery).where(*mine, *ended, COUNTS).correlate(Tenant)


def store_last_hour(session: Session, counted: LastHour) -> None:
    """Keep what was counted, instead of what was kept, for `/metrics`. The session is a writing one."""
    values = {each: getattr(counted, each) for each in _PARTS} | {"at": counted.at.timestamp()}
    insert = insert_into(session, Measurement)
    put = insert.on_conflict_do_update(
        index_elements=["name", "label"], set_={"value": insert.excluded.value}
    )
    rows = [{"name": NAME, "label": label, "value": float(value)} for label, value in values.items()]
    session.connection().execute(put, rows)


def read_last_hour(measured: dict[str, dict[str, float]]) -> LastHour | None:
    """Return what was kept last, from all measurements; None where nothing was."""
    found = measured.get(NAME)
    if found is None:
        return None
    at = datetime.fromtimestamp(found["at"], UTC)
    return LastHour(at, *(int(found[each]) for each in _PARTS if each != "at"))
