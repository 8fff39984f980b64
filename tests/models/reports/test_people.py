"""Figures of people: direct messages, presses, claims; one's own for who may not read all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.reports.figures import days_ago
from models.reports.people import PersonFigures, by_person
from models.tables import Delivery, User
from models.tables.accounts import Role
from models.tables.card_actions import CardAction
from tests.conftest import TwoTenants
from tests.models.rows import add, destination

ADA, CLEO = "Ada@acme.test", "cleo@acme.test"


@pytest.fixture
def people(database: Database, tenants: TwoTenants) -> dict[str, User]:
    """Ada claimed after 4 s and moved a deal, Cleo got two direct messages; Bolt has another Ada."""
    found = {}
    for tenant_id in (tenants.theirs, tenants.ours):
        found = {email: User(tenant_id=tenant_id, email=email, role=Role.SALES_REP) for email in (ADA, CLEO)}
        add(database, *found.values())
        at = now()
        row: dict[str, Any] = {"tenant_id": tenant_id, "lane": "spaces/1", "state": "delivered"}
        card = Delivery(**row, destination_name="spaces/1", finished_at=at - timedelta(seconds=4))
        add(database, card)
        press: dict[str, Any] = {
            "user_id": found[ADA].id,
            "delivery_id": card.id,
            "entity": "deal",
            "object_id": "1",
        }
        press |= {"tenant_id": tenant_id, "lane": "spaces/1", "fields": {}, "created_at": at}
        for do, ended in (("deal.claim", "done"), ("deal.move", "done"), ("deal.won", "waiting")):
            add(database, CardAction(**press, key=do, do=do, state=ended))
        hers = destination(tenant_id, CLEO)
        add(database, hers)
        row |= {"destination_id": hers.id, "destination_name": CLEO}
        add(database, *(Delivery(**row, is_test=is_test) for is_test in (False, False, True)))
    return found


def test_presses_claims_and_direct_messages_are_counted(
    database: Database, tenants: TwoTenants, people: dict[str, User]
) -> None:
    admin = Actor("boss@acme.test", tenants.ours, user_id=9, role=Role.ADMIN)
    with database.reading(tenants.ours) as session:
        ada, cleo = by_person(session, admin, days_ago(7))
        assert by_person(session, admin, now()) == []

    assert (ada.email, ada.cards, ada.presses, ada.claims) == (ADA, 0, 2, 1)
    assert ada.claim_p50_ms == 4050
    assert cleo == PersonFigures(CLEO, cards=2)


def test_who_may_not_read_the_whole_log_reads_their_own(
    database: Database, tenants: TwoTenants, people: dict[str, User]
) -> None:
    cleo = Actor(CLEO, tenants.ours, user_id=people[CLEO].id, role=Role.SALES_REP)
    with database.reading(tenants.ours) as session:
        assert [each.email for each in by_person(session, cleo, days_ago(7))] == [CLEO]
