"""The page shows the true state of a tenant's Pipedrive: authorised, partial, limited, with events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.clock import now
from models.database.engine import Database
from models.pipedrive.rest.webhooks import WANTED
from models.tables import ApiUsage, Connection, Event, WebhookCredential, WebhookSubscription
from tests.conftest import TwoTenants
from web.setup.pipedrive import ConnectionStatus, Hook, Hooks, hooks_of, link_of

LATER, BEFORE = timedelta(hours=1), timedelta(hours=-1)


def _connect(database: Database, tenant_id: int, **columns: Any) -> None:
    usual = {"company_id": f"c{tenant_id}", "state": "connected", "is_admin": True, "keeps_webhooks": True}
    with database.writing_all() as session:
        session.add(Connection(tenant_id=tenant_id, **(usual | columns)))


def _link(database: Database, tenant_id: int) -> ConnectionStatus:
    with database.reading(tenant_id) as session:
        return link_of(session, tenant_id, 20_000)


def _hooks(database: Database, tenant_id: int) -> Hooks:
    with database.reading(tenant_id) as session:
        return hooks_of(session, tenant_id)


def test_a_team_without_a_connection_is_not_connected(database: Database, tenants: TwoTenants) -> None:
    _connect(database, tenants.theirs)

    link = _link(database, tenants.ours)

    assert (link.state, link.words, link.is_connected) == ("none", "Not connected yet", False)
    assert link.most_tokens == 20_000


@pytest.mark.parametrize(
    ("columns", "company"),
    [
        ({"company_name": "Acme Corporation", "domain": "acme.pipedrive.com"}, "Acme Corporation"),
        ({"domain": "acme.pipedrive.com"}, "acme.pipedrive.com"),
        ({"company_id": "77"}, "company 77"),
    ],
)
def test_a_company_goes_by_the_best_name_there_is(
    database: Database, tenants: TwoTenants, columns: dict[str, str], company: str
) -> None:
    _connect(database, tenants.ours, **columns)

    assert _link(database, tenants.ours).company == company


@pytest.mark.parametrize(("is_admin", "is_partial"), [(True, False), (False, True), (None, False)])
def test_who_is_no_admin_in_pipedrive_sees_a_part(
    database: Database, tenants: TwoTenants, *, is_admin: bool | None, is_partial: bool
) -> None:
    _connect(database, tenants.ours, is_admin=is_admin)

    assert _link(database, tenants.ours).is_partial is is_partial


def test_a_limit_counts_until_it_is_over(database: Database, tenants: TwoTenants) -> None:
    _connect(database, tenants.ours, limited_until=now() + LATER)
    _connect(database, tenants.theirs, limited_until=now() + BEFORE)

    assert _link(database, tenants.ours).limited_until
    assert _link(database, tenants.theirs).limited_until is None


@pytest.mark.parametrize(
    ("columns", "is_checking"),
    [
        ({"next_check_at": LATER}, False),
        ({"next_check_at": BEFORE}, True),
        ({"next_check_at": BEFORE, "keeps_webhooks": False}, False),
        ({"next_check_at": LATER, "check_lease_until": LATER}, True),
        ({"next_check_at": LATER, "check_lease_until": BEFORE}, False),
    ],
)
def test_a_look_that_is_due_or_under_way_shows(
    database: Database, tenants: TwoTenants, columns: dict[str, Any], *, is_checking: bool
) -> None:
    at = now()
    told = {key: at + each if isinstance(each, timedelta) else each for key, each in columns.items()}
    _connect(database, tenants.ours, **told)

    assert _link(database, tenants.ours).is_checking is is_checking


def test_tokens_are_those_of_today_and_of_this_team(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        _connect(database, each)
    today = now().date()
    with database.writing_all() as session:
        session.add_all(
            ApiUsage(tenant_id=each, day=day, tokens=tokens)
            for each, day, tokens in (
                (tenants.ours, today, 120),
                (tenants.ours, today - timedelta(days=1), 7),
                (tenants.theirs, today, 5000),
            )
        )

    assert _link(database, tenants.ours).tokens == 120


def test_webhooks_are_live_when_all_that_is_needed_is_well(database: Database, tenants: TwoTenants) -> None:
    _connect(database, tenants.ours)
    with database.writing_all() as session:
        session.add_all(
            WebhookSubscription(tenant_id=tenants.ours, pipedrive_id=entity, entity=entity, key="k")
            for entity in WANTED
        )
    hooks = _hooks(database, tenants.ours)
    assert (hooks.live, hooks.wanted, hooks.is_live, hooks.by_hand) == (10, 10, True, False)

    with database.writing(tenants.ours) as session:
        session.add(
            WebhookSubscription(
                tenant_id=tenants.ours, pipedrive_id="x", entity="deal", key="k", problem="banned"
            )
        )
    assert [row.problem for row in _hooks(database, tenants.ours).rows if not row.is_live] == ["banned"]
    assert _hooks(database, tenants.theirs) == Hooks(wanted=10)


def test_a_webhook_made_by_hand_is_live_once_it_was_heard(database: Database, tenants: TwoTenants) -> None:
    _connect(database, tenants.ours, keeps_webhooks=False)
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with database.writing_all() as session:
        session.add_all(
            WebhookCredential(tenant_id=each, key=f"k{each}", user_name="pd", password="closed")
            for each in tenants
        )
    assert (_hooks(database, tenants.ours).by_hand, _hooks(database, tenants.ours).is_live) == (True, False)

    with database.writing_all() as session:
        session.add(Event(tenant_id=tenants.ours, source_key="e1", raw=b"{}", received_at=at))
    assert (_hooks(database, tenants.ours).last_event_at, _hooks(database, tenants.ours).is_live) == (
        at,
        True,
    )
    assert _hooks(database, tenants.theirs).is_live is False


def test_too_few_webhooks_are_not_live() -> None:
    assert not Hooks(rows=(Hook("deal", None, ""),), wanted=2).is_live
    assert not Hooks().is_live
