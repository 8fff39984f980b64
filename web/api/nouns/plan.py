"""plan: what the team may use, and what it has used by month; oauth: how Pipedrive is connected."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from models.accounts.features import features_of
from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import connection_word, get_connection, has_manual_webhook
from models.events.day_usage import usage_by_month
from models.maintenance.retention import most_days
from models.plan.quota import usage
from web.api.paging import Page, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, Moment, Out, Params

PLAN: Final = Routes("plan", "read:settings", "write:settings", features=())  # says what is switched off


class PlanOut(Out):
    """The plan; `monthly_limit` is null for none.

    `cards_this_month` are cards about events that Chat accepted, test cards, notices and digests left out;
    `used_percent` is their part of the limit, null without one. `held` are held over the limit until it is
    raised or the month turns (`resets_at`). `features` says what the plan has, `most_days` for how long it
    lets history be kept.
    """

    tenant_id: Id
    tenant: str
    timezone: str
    name: str
    monthly_limit: int | None
    cards_this_month: int
    used_percent: int | None
    held: int
    resets_at: Moment
    features: dict[str, bool]
    most_days: int


class UsageParams(Params):
    """As what: without `format`, the header Accept may ask for `text/csv`."""

    format: Literal["json", "csv"] | None = None


class MonthOut(Out):
    """What was used in a month (UTC), like `2026-11`; `since` is the first day that is still counted.

    `cards` are counted as in the plan. `events` are webhooks of Pipedrive that were taken, `dropped` those
    beyond the day's limit.
    """

    month: str
    since: date
    cards: int
    events: int
    dropped: int


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
    used = usage(call.session, tenant.id, now())
    return PlanOut(
        tenant_id=tenant.id,
        tenant=tenant.name,
        timezone=tenant.timezone,
        name=tenant.plan,
        monthly_limit=used.limit,
        cards_this_month=used.cards,
        used_percent=used.percent,
        held=used.held,
        resets_at=used.resets_at,
        most_days=most_days(call.session, tenant.id, call.deps.settings.keep_days),
        features={str(each): is_on for each, is_on in features_of(call.session, tenant.id).items()},
    )


@PLAN.get(
    "/admin/plan/usage",
    summary="Usage by month",
    data=MonthOut,
    params=UsageParams,
    is_list=True,
    as_csv=True,
)
def list_usage(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.OVERVIEW_READ)
    found = usage_by_month(call.session, call.tenant_id)
    return whole_list([MonthOut.model_validate(each) for each in found])


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
