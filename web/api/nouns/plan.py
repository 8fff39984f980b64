"""plan: what the team may use, and what it has used this month; oauth: how Pipedrive is connected."""

from __future__ import annotations

from typing import Final

from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import connection_word, get_connection, has_manual_webhook
from models.events.day_usage import cards_of_month
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, Moment, Out

PLAN: Final = Routes("plan", "read:settings", "write:settings")


class PlanOut(Out):
    """The plan; `monthly_limit` is null for none. `cards_this_month` are messages that Chat accepted."""

    tenant_id: Id
    tenant: str
    timezone: str
    name: str
    monthly_limit: int | None
    cards_this_month: int


class ConnectionOut(Out):
    """How Pipedrive is connected: none, connected, expired (to be allowed again), leaving or revoked.

    `manual_webhook`: events come by a webhook that somebody made by hand.
    """

    status: str
    company: str
    domain: str
    connected_by: str
    problem: str
    manual_webhook: bool
    checked_at: Moment | None


@PLAN.get("/admin/plan", summary="Plan and usage", data=PlanOut)
def show_plan(call: ApiCall) -> PlanOut:
    require(call.session, call.actor, Action.OVERVIEW_READ)
    tenant = get_tenant(call.session, call.tenant_id)
    return PlanOut(
        tenant_id=tenant.id,
        tenant=tenant.name,
        timezone=tenant.timezone,
        name=tenant.plan,
        monthly_limit=tenant.monthly_limit,
        cards_this_month=cards_of_month(call.session, tenant.id, now()),
    )


@PLAN.get("/oauth/status", summary="How Pipedrive is connected", data=ConnectionOut)
def show_connection(call: ApiCall) -> ConnectionOut:
    require(call.session, call.actor, Action.OVERVIEW_READ)
    found = get_connection(call.session, call.tenant_id)
    return ConnectionOut(
        status=connection_word(found),
        company=found.company_name if found else "",
        domain=(found.domain or "") if found else "",
        connected_by=found.connected_by if found else "",
        problem=found.problem if found else "",
        manual_webhook=has_manual_webhook(call.session, call.tenant_id),
        checked_at=found.checked_at if found else None,
    )
