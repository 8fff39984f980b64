"""A consent is stored in full, with what it replaces and the notices; once, for concurrent requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.clock import now
from models.connections.company_owner import JOINED, MADE, RENEWED, TENANT_CREATED, Requester
from models.connections.connect import BY_HAND, CHANGE_OVER, SPACE_TAKEN, Connected, connect
from models.database.engine import Database
from models.destinations.linking import link_space
from models.errors import AppError, NotAllowed
from models.pipedrive.rest.me import Me
from models.tables import (
    AuditEntry,
    Backfill,
    Connection,
    Delivery,
    Space,
    Tenant,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from tests.conftest import TwoTenants
from tests.models.consents import ACME, ADA, TOKENS, asked, company, person
from tests.models.rows import add

Ask = Callable[..., Connected]


@pytest.fixture
def ask(database: Database, tmp_path: Path) -> Ask:
    settings = asked(tmp_path)

    def _ask(requester: Requester = ADA, me: Me = ACME) -> Connected:
        def closed(tenant_id: int) -> dict[str, Any]:
            return TOKENS | {"access_token": f"closed for {tenant_id}"}

        with database.writing_all() as session:
            return connect(session, requester, me, settings, closed)

    return _ask


def connection(database: Database, tenant_id: int) -> Connection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(Connection)).one()


def credential(tenant_id: int, key: str) -> WebhookCredential:
    return WebhookCredential(tenant_id=tenant_id, key=key, user_name="pd", password="closed")


def notices(database: Database) -> list[tuple[int, str]]:
    with database.reading_all() as session:
        return [(row.tenant_id, row.destination_name) for row in session.scalars(select(Delivery))]


def test_a_first_consent_is_stored_with_its_tenant(database: Database, ask: Ask) -> None:
    made = ask()
    row = connection(database, made.joined.tenant_id)
    assert (made.joined.how, made.company, made.notices) == (TENANT_CREATED, "Acme", ())
    assert (row.company_id, row.company_name, row.domain) == ("12345", "Acme", "acme.pipedrive.com")
    assert (row.state, row.user_id, row.is_admin, row.connected_by) == ("connected", "7", True, ADA.email)
    assert (row.access_token, row.refresh_token) == (f"closed for {row.tenant_id}", "closed refresh")
    assert (row.keeps_webhooks, row.rotates, row.check_failures) == (True, False, 0)
    assert row.next_check_at is not None
    assert row.refreshed_at is not None
    with database.reading(row.tenant_id) as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert acts == ["tenant.founded", "user.joined", "connection.made"]


def test_a_renewed_connection_forgets_its_troubles(database: Database, tenants: TwoTenants, ask: Ask) -> None:
    trouble: dict[str, Any] = {
        "state": "needs_reauth",
        "problem": "Pipedrive refuses us",
        "check_failures": 4,
    }
    trouble |= {"user_id": "7", "keeps_webhooks": True}
    company(database, tenants.ours, check_lease_until=now(), **trouble)
    person(database, tenants.ours, chat_name="users/1")
    assert ask().joined.how == RENEWED
    row = connection(database, tenants.ours)
    assert (row.state, row.problem, row.check_failures, row.check_lease_until) == ("connected", "", 0, None)
    assert not row.rotates
    assert notices(database) == [(tenants.ours, ADA.email)]


def test_leaving_is_undone_by_connecting_again(database: Database, tenants: TwoTenants, ask: Ask) -> None:
    company(database, tenants.ours, state="leaving", keeps_webhooks=True)
    person(database, tenants.ours)
    ask()
    assert connection(database, tenants.ours).state == "connected"


def test_another_pipedrive_users_webhooks_get_new_secrets(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    company(database, tenants.ours, user_id="3", keeps_webhooks=True)
    person(database, tenants.ours)
    ask()
    row = connection(database, tenants.ours)
    assert (row.rotates, row.user_id) == (True, "7")


def test_webhooks_made_by_hand_give_way_to_ours(database: Database, tenants: TwoTenants, ask: Ask) -> None:
    company(database, tenants.ours)
    person(database, tenants.ours)
    add(database, credential(tenants.ours, "k-ours"), credential(tenants.theirs, "k-theirs"))
    assert ask().notices == (BY_HAND,)
    with database.reading_all() as session:
        assert session.scalars(select(WebhookCredential.key)).all() == ["k-theirs"]
        (gap,) = session.scalars(select(Backfill))
    # A backfill reads what happens before ours are registered.
    assert gap.tenant_id == tenants.ours
    assert timedelta(0) < gap.until - gap.since <= CHANGE_OVER


def test_webhooks_of_ours_stay_when_a_connection_is_renewed(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    company(database, tenants.ours, keeps_webhooks=True)
    person(database, tenants.ours)
    hook = WebhookSubscription(tenant_id=tenants.ours, pipedrive_id="1", entity="deal", key="k-ours")
    add(database, credential(tenants.ours, "k-ours"), hook)
    assert ask().notices == ()
    with database.reading_all() as session:
        assert session.scalars(select(WebhookCredential.key)).all() == ["k-ours"]


def test_the_space_where_it_was_asked_for_is_linked_and_told(database: Database, ask: Ask) -> None:
    made = ask(replace(ADA, space="spaces/A", space_title="Deals"))
    with database.reading_all() as session:
        linked = session.scalars(select(Space)).one()
        owed = session.scalars(select(Delivery)).one()
    assert (linked.tenant_id, linked.name, linked.title) == (made.joined.tenant_id, "spaces/A", "Deals")
    assert owed.notice == {
        "title": "Pipedrive is connected: Acme",
        "words": "Ada connected it. Make rules with /pipenotify rule new; the setup page shows how it fares.",
        "button": "Open the setup page",
        "url": "https://pn.test/setup",
    }


def test_a_space_of_another_tenant_stays_theirs_and_hears_nothing(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    with database.writing(tenants.theirs) as session:
        link_space(session, tenants.theirs, "spaces/A", "Theirs")
    made = ask(replace(ADA, space="spaces/A", space_title="Ours"))
    assert made.notices == (SPACE_TAKEN,)
    with database.reading_all() as session:
        assert session.execute(select(Space.tenant_id, Space.title)).all() == [(tenants.theirs, "Theirs")]
    assert notices(database) == []


def test_a_space_that_is_linked_already_needs_notice_again_and_not_linked_twice(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    person(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A", "Deals")
    made = ask(replace(ADA, tenant_id=tenants.ours, space="spaces/A"))
    assert (made.joined.how, made.notices) == (MADE, ())
    assert notices(database) == [(tenants.ours, "spaces/A")]
    with database.reading(tenants.ours) as session:
        assert "space.linked" not in session.scalars(select(AuditEntry.action)).all()


def test_a_space_hears_of_a_renewal_once(database: Database, tenants: TwoTenants, ask: Ask) -> None:
    company(database, tenants.ours)
    person(database, tenants.ours)
    for _ in range(2):
        ask(replace(ADA, space="spaces/A"))
    assert notices(database) == [(tenants.ours, "spaces/A")] * 2


def test_who_joins_is_made_known_to_the_other_admins(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    company(database, tenants.ours)
    person(database, tenants.ours, "ben@example.com", chat_name="users/2")
    person(database, tenants.theirs, "eve@example.com", chat_name="users/3")
    assert ask().joined.how == JOINED
    assert notices(database) == [(tenants.ours, "ben@example.com")]


def test_who_may_not_changes_nothing(database: Database, tenants: TwoTenants, ask: Ask) -> None:
    company(database, tenants.ours, state="needs_reauth")
    with pytest.raises(NotAllowed):
        ask(replace(ADA, space="spaces/A"), replace(ACME, is_admin=False))
    row = connection(database, tenants.ours)
    assert (row.state, row.refresh_token) == ("needs_reauth", None)
    with database.reading_all() as session:
        assert [session.scalars(select(table)).all() for table in (User, Space, AuditEntry)] == [[], [], []]


def _all_at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment; return the results, errors included."""
    gate, found = threading.Barrier(len(work)), [None] * len(work)

    def one(number: int) -> None:
        gate.wait(30)
        try:
            found[number] = work[number]()
        except AppError as trouble:
            found[number] = trouble  # type: ignore[call-overload]  # a list of anything

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_one_company_asked_for_by_two_at_once_is_one_tenant(database: Database, ask: Ask) -> None:
    ben = Requester("ben@example.com", "Ben")
    me = replace(ACME, is_admin=False)
    asks = [lambda: ask(ADA, me), lambda: ask(ben, me)] * 3
    found = _all_at_once(asks)
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.name)).all() == ["Acme"]
        assert len(session.scalars(select(Connection)).all()) == 1
        users = session.scalars(select(User.email)).all()
    assert len(users) == 1
    assert sum(isinstance(each, Connected) and each.joined.is_new for each in found) == 1
    # The second one follows the rules: the other person is no user of the tenant that was just created.
    assert sum(isinstance(each, NotAllowed) for each in found) == 3


def test_two_companies_of_one_name_at_once_are_two_tenants(database: Database, ask: Ask) -> None:
    ben = Requester("ben@example.com", "Ben")
    found = _all_at_once([lambda: ask(ADA), lambda: ask(ben, replace(ACME, company_id="777"))])
    assert all(isinstance(each, Connected) for each in found)
    with database.reading_all() as session:
        names = session.scalars(select(Tenant.name)).all()
    assert len(names) == 2
    assert "Acme" in names


def test_two_companies_for_one_waiting_tenant_at_once_do_not_mix(
    database: Database, tenants: TwoTenants, ask: Ask
) -> None:
    person(database, tenants.ours)
    looking = replace(ADA, tenant_id=tenants.ours)
    found = _all_at_once(
        [lambda: ask(looking), lambda: ask(looking, replace(ACME, company_id="777", company_name="Initech"))]
    )
    assert sorted(each.joined.how for each in found) == [TENANT_CREATED, MADE]
    with database.reading_all() as session:
        rows = session.execute(select(Connection.tenant_id, Connection.company_id)).all()
    assert len({tenant for tenant, _ in rows}) == len({company for _, company in rows}) == 2
