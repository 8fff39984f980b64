"""The page shows the linked spaces and the result of the last test card."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from models.clock import now
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_space
from models.destinations.linking import link_space
from models.tables import Delivery, Destination
from tests.conftest import TwoTenants
from tests.models.rows import destination, rule
from web.setup import destinations
from web.setup.destinations import LinkedSpaces, read_linked_spaces


@pytest.fixture
def linked(database: Database, tenants: TwoTenants) -> Database:
    """Both tenants have a space, ours two; ours have an incoming webhook besides."""
    with database.writing_all() as session:
        link_space(session, tenants.ours, "spaces/AAAA", "Deals")
        link_space(session, tenants.ours, "spaces/BBBB")
        link_space(session, tenants.theirs, "spaces/CCCC", "Theirs")
        session.add(destination(tenants.ours, kind="chat_webhook"))
    return database


def _card(database: Database, tenant_id: int, state: str, **columns: Any) -> None:
    usual = {"destination_name": "spaces/AAAA", "lane": "spaces/AAAA", "is_test": True, "reason": "test"}
    ended = {"finished_at": now()} if state in {"delivered", "dead"} else {}
    with database.writing(tenant_id) as session:
        session.add(Delivery(tenant_id=tenant_id, state=state, **(usual | ended | columns)))


def _read(database: Database, tenant_id: int) -> LinkedSpaces:
    with database.reading(tenant_id) as session:
        return read_linked_spaces(session, tenant_id)


def test_spaces_of_a_team_come_in_the_order_they_were_linked(linked: Database, tenants: TwoTenants) -> None:
    spaces = _read(linked, tenants.ours).spaces

    assert [(space.title, space.paused) for space in spaces] == [("Deals", ""), ("spaces/BBBB", "")]
    assert [space.title for space in _read(linked, tenants.theirs).spaces] == ["Theirs"]


def test_a_paused_space_says_why(linked: Database, tenants: TwoTenants) -> None:
    first_id = _read(linked, tenants.ours).spaces[0].id
    with linked.writing(tenants.ours) as session:
        first = session.get_one(Destination, (tenants.ours, first_id))
        first.is_active = False

    assert [space.paused for space in _read(linked, tenants.ours).spaces] == ["paused by a person", ""]


@pytest.mark.parametrize(
    ("state", "attempts", "words", "is_open", "is_proven"),
    [
        ("pending", 0, "Waiting to be sent", True, False),
        ("pending", 2, "Not sent yet, tried again soon", True, False),
        ("sending", 0, "Being sent", True, False),
        ("held", 0, "Held by quiet hours", True, False),
        ("delivered", 1, "Sent", False, True),
        ("skipped", 0, "Not sent", False, False),
        ("dead", 1, "Refused", False, False),
    ],
)
def test_the_last_test_card_needs_notice_as_it_stands(
    linked: Database,
    tenants: TwoTenants,
    state: str,
    attempts: int,
    words: str,
    *,
    is_open: bool,
    is_proven: bool,
) -> None:
    _card(linked, tenants.ours, state, attempts=attempts)

    found = _read(linked, tenants.ours)

    assert found.card
    assert (found.card.where, found.card.words, found.card.is_open) == ("Deals", words, is_open)
    assert (found.card.reason, found.is_proven) == ("", is_proven)
    assert _read(linked, tenants.theirs).card is None


def test_what_the_other_side_said_needs_notice(linked: Database, tenants: TwoTenants) -> None:
    _card(linked, tenants.ours, "delivered")
    _card(linked, tenants.ours, "dead", reason="Chat refused it (403)")

    found = _read(linked, tenants.ours)

    assert found.card
    assert (found.card.reason, found.has_sent, found.is_proven) == ("Chat refused it (403)", True, False)


def test_a_card_of_a_rule_proves_the_way_too(linked: Database, tenants: TwoTenants) -> None:
    _card(linked, tenants.ours, "delivered", is_test=False, reason="")

    assert _read(linked, tenants.ours).card is None
    assert _read(linked, tenants.ours).is_proven
    assert not _read(linked, tenants.theirs).is_proven


def test_what_admins_are_told_proves_nothing(linked: Database, tenants: TwoTenants) -> None:
    with linked.writing(tenants.ours) as session:
        notify_space(session, tenants.ours, "spaces/AAAA", Notice("Connected", "It works."))
        session.execute(update(Delivery).where(Delivery.tenant_id == tenants.ours).values(state="delivered"))

    assert not _read(linked, tenants.ours).has_sent


def test_tests_of_rules_are_not_the_pages(linked: Database, tenants: TwoTenants) -> None:
    with linked.writing(tenants.ours) as session:
        made = rule(tenants.ours)
        session.add(made)
    _card(linked, tenants.ours, "pending", rule_id=made.id)

    assert _read(linked, tenants.ours).card is None


def test_only_the_newest_deliveries_are_looked_through(
    linked: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destinations, "NEWEST_DELIVERIES", 2)
    _card(linked, tenants.ours, "dead")
    for _each in range(2):
        _card(linked, tenants.ours, "delivered", is_test=False)

    assert _read(linked, tenants.ours).card is None
