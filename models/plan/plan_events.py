"""Plan events: the operator's billing system says which plan a tenant has from now on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.database.upsert import insert_into
from models.deliveries.notices import Notice, notify_admins
from models.errors import Conflict, InvalidRequest
from models.languages.translate import for_later
from models.security.audit import record
from models.tables.accounts import Tenant, TenantStatus
from models.tables.upkeep import PlanEvent

BILLING: Final = "billing"  # who acts, in the audit trail
KEPT: Final = timedelta(days=90)  # for so long a repeat is known


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What an event says. `tenant` is an id, as a number or its digits, or a name.

    `more` has `monthly_limit` and `features` where the event names them; what it does not name stays.
    """

    event_id: str
    tenant: str | int
    plan: str
    more: dict[str, Any] = field(default_factory=dict)

    def digest(self) -> str:
        """Return the hash of all that it says."""
        return hashlib.sha256(orjson.dumps(self, option=orjson.OPT_SORT_KEYS)).hexdigest()


def apply_plan_event(session: Session, change: PlanChange) -> bool:
    """Give a tenant its plan; return False for an event that was applied before.

    Cards that are held over a limit leave by themselves once it is raised. The id of the event is stored in
    the transaction of the change, so that of two at the same moment one waits and then is a repeat. The
    session writes for all tenants. Raises InvalidRequest where there is no such tenant, and Conflict for an
    id that said something else.
    """
    row = {"id": change.event_id, "digest": change.digest()}
    first = insert_into(session, PlanEvent).values(row).on_conflict_do_nothing().returning(PlanEvent.id)
    if session.connection().scalar(first) is None:
        known = session.scalar(select(PlanEvent.digest).where(PlanEvent.id == change.event_id))
        if known != row["digest"]:
            raise Conflict(user_message="This event id was used for another change. Take a new one.")
        return False
    tenant = _tenant(session, change.tenant)
    before = _plan_of(tenant)
    tenant.plan = change.plan
    if "monthly_limit" in change.more:
        tenant.monthly_limit = change.more["monthly_limit"]
    if "features" in change.more:
        tenant.features = change.more["features"] or None
    session.flush()
    after = _plan_of(tenant)
    details = {"event": change.event_id, "before": before, "after": after}
    record(session, system(tenant.id, BILLING), "plan.changed", tenant.name, **details)
    if after != before:
        notify_admins(session, tenant.id, _notice(tenant))
    return True


def _tenant(session: Session, named: str | int) -> Tenant:
    """Return the tenant of an id or a name. Digits are an id, so no name can be that of another."""
    is_id = isinstance(named, int) or (named.isascii() and named.isdigit() and len(named) <= 18)
    mine = Tenant.id == int(named) if is_id else Tenant.name == named
    there = (Tenant.status == TenantStatus.ACTIVE, Tenant.is_internal.is_(False))
    found = session.scalar(select(Tenant).where(mine, *there).with_for_update(key_share=True))
    if found is None:
        raise InvalidRequest(user_message="There is no tenant of this id or name.")
    return found


def _plan_of(tenant: Tenant) -> dict[str, Any]:
    return {"plan": tenant.plan, "monthly_limit": tenant.monthly_limit, "features": tenant.features or {}}


def _notice(tenant: Tenant) -> Notice:
    plan = tenant.plan
    words = (
        for_later("It has no limit of cards.")
        if tenant.monthly_limit is None
        else for_later("It has {limit} cards a month.", limit=f"{tenant.monthly_limit:,}")
    )
    more = for_later("Cards that were held leave as far as it allows. /pipenotify plan shows all of it.")
    return Notice(for_later("Your team's plan is “{plan}” now", plan=plan), f"{words} {more}")
