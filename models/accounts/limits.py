"""How often a team may do what could be abused: invite people, and export data.

Counted in the audit trail, in which each of these acts has its entry: so the count holds for Chat, REST and
pages together, for all processes, and over a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.clock import now
from models.errors import TooOften
from models.languages.translate import marked, tr
from models.tables.accounts import Tenant
from models.tables.audit import AuditEntry

_NEWEST: Final = 10_000  # entries that are read: more than a team writes in an hour at its rates of calls


@dataclass(frozen=True, slots=True)
class ActLimit:
    """At most so many of some acts within a time; `words` say what was too often, with {minutes} to wait."""

    actions: tuple[str, ...]
    most: int
    within: timedelta
    words: str


INVITATIONS: Final = ActLimit(
    ("user.invited",),
    50,
    timedelta(hours=1),
    marked("Your team has invited many people within the hour. Please try again in {minutes} minutes."),
)
EXPORTS: Final = ActLimit(
    ("team.exported", "user.exported"),
    10,
    timedelta(minutes=5),
    marked("Your team has exported a lot within minutes. Please try again in {minutes} minutes."),
)


def require_seldom(session: Session, tenant_id: int, limit: ActLimit) -> None:
    """Check that a tenant may do one more of some acts now. Raises TooOften.

    The tenant's row is locked until the act has its entry, so that two at once cannot both be the last one.
    """
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))
    mine = AuditEntry.tenant_id == tenant_id
    newest = select(func.max(AuditEntry.number)).where(mine).scalar_subquery()
    done = (
        select(AuditEntry.created_at, AuditEntry.details)
        .where(mine, AuditEntry.number > newest - _NEWEST, AuditEntry.created_at > now() - limit.within)
        .where(AuditEntry.action.in_(limit.actions))
        .order_by(AuditEntry.number)
    )
    times = [at for at, details in session.execute(done) if not details.get("after")]  # no further pages
    if len(times) < limit.most:
        return
    raise too_often(limit.words, (times[-limit.most] + limit.within - now()).total_seconds())


def too_often(words: str, seconds: float) -> TooOften:
    """Return the error of a limit; `words` have the {minutes} to wait."""
    wait = max(1, round(seconds + 0.5))
    return TooOften(tr(words, minutes=-(-wait // 60)), retry_after=wait)
