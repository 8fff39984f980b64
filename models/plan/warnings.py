"""Tells the admins of a tenant, once a month each, that 80 and 100 % of its cards are used."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from models.deliveries.notices import Notice, notify_admins
from models.languages.translate import for_later
from models.plan.quota import month_after
from models.tables.accounts import Tenant
from models.tables.upkeep import DayUsage

NEARLY: Final = 80
ALL: Final = 100


def warnings_due(session: Session, at: datetime) -> list[tuple[int, int]]:
    """Return tenants with the percentage (80 or 100) that they have reached and were not told of this month.

    The session sees all tenants.
    """
    month = at.date().replace(day=1)
    of_month = and_(DayUsage.tenant_id == Tenant.id, DayUsage.day >= month)
    cards = func.coalesce(func.sum(DayUsage.cards), 0)
    query = (
        select(Tenant.id, Tenant.monthly_limit, Tenant.warned_month, Tenant.warned_percent, cards)
        .join(DayUsage, of_month, isouter=True)
        .where(Tenant.monthly_limit.is_not(None), _knows_less(month, ALL))
        .group_by(Tenant.id)
        .having(cards * ALL >= Tenant.monthly_limit * NEARLY)
    )
    found = []
    rows: Any = session.execute(query)
    for tenant_id, limit, known_in, known, used in rows:
        reached = ALL if used >= limit else NEARLY
        if known_in != month or known < reached:
            found.append((tenant_id, reached))
    return found


def warn(session: Session, tenant_id: int, percent: int, at: datetime) -> bool:
    """Tell a tenant's admins what they have reached; False if they know. Call it in a writing session."""
    month = at.date().replace(day=1)
    mine = (Tenant.id == tenant_id, Tenant.monthly_limit.is_not(None), _knows_less(month, percent))
    mark = update(Tenant).where(*mine).values(warned_month=month, warned_percent=percent)
    marked: Any = session.execute(mark.execution_options(synchronize_session=False))
    if not marked.rowcount:
        return False
    limit = session.scalar(select(Tenant.monthly_limit).where(Tenant.id == tenant_id)) or 0
    notify_admins(session, tenant_id, _notice(percent, limit, month_after(at).date()))
    return True


def _knows_less(month: date, percent: int) -> Any:
    return or_(Tenant.warned_month.is_(None), Tenant.warned_month < month, Tenant.warned_percent < percent)


def _notice(percent: int, limit: int, turns: date) -> Notice:
    if percent < ALL:
        words = for_later(
            "{percent} % of the {limit} cards that your plan has in a month are used. What comes after the"
            " last one is held, and nothing is lost. The next month begins on {day}.",
            percent=percent,
            limit=f"{limit:,}",
            day=turns.isoformat(),
        )
        return Notice(for_later("Most cards of this month are used"), words)
    words = for_later(
        "All {limit} cards that your plan has in a month are used. From now on cards are held, and nothing is"
        " lost: they leave, oldest first, when the next month begins on {day}, or as soon as whoever runs"
        " Pipenotify raises the limit.",
        limit=f"{limit:,}",
        day=turns.isoformat(),
    )
    return Notice(for_later("All cards of this month are used"), words)
