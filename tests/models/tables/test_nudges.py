"""Nudges: one morning a person and day, one line a card, check and deal; all of it goes with its people."""

from __future__ import annotations

from datetime import date

from models.clock import now
from models.database.engine import Database
from models.tables import NudgeCard, NudgeLine, NudgeSettings, NudgeSnooze, Tenant, User
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.rows import add, by_schema, count, refused, remove

DAY = date(2026, 11, 27)
KINDS = (NudgeSettings, NudgeCard, NudgeLine, NudgeSnooze)


def line_of(card: NudgeCard) -> NudgeLine:
    mine = {"tenant_id": card.tenant_id, "card_id": card.id, "user_id": card.user_id}
    return NudgeLine(**mine, check_name="no_value", deal_id="1", rank=0, asked_at=now())


def morning(database: Database, tenant_id: int) -> NudgeCard:
    """Add a person of a tenant with all that nudges keep of one, and return their card."""
    person = add_person(database, tenant_id)
    card = NudgeCard(tenant_id=tenant_id, user_id=person.user_id, day=DAY)
    add(database, card, NudgeSettings(tenant_id=tenant_id))
    of_person = {"tenant_id": tenant_id, "user_id": person.user_id}
    snooze = NudgeSnooze(**of_person, deal_id="1", check_name="no_value", until=now())
    add(database, line_of(card), snooze)
    return card


def test_a_person_has_one_card_a_day_and_a_card_one_line_of_each_kind(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = (morning(database, each) for each in tenants)

    refused(database, NudgeCard(tenant_id=ours.tenant_id, user_id=ours.user_id, day=DAY))
    refused(database, line_of(ours))
    refused(database, NudgeCard(tenant_id=ours.tenant_id, user_id=theirs.user_id, day=date(2026, 11, 28)))
    foreign = line_of(ours)
    foreign.card_id, foreign.deal_id = theirs.id, "2"
    refused(database, foreign)


def test_nudges_go_with_their_person_and_their_tenant(database: Database, tenants: TwoTenants) -> None:
    ours, theirs = (morning(database, each) for each in tenants)
    with database.reading_all() as session:
        person, team = (
            session.get_one(User, (ours.tenant_id, ours.user_id)),
            session.get_one(Tenant, theirs.tenant_id),
        )

    remove(database, person)
    assert [count(database, kind) for kind in KINDS] == [2, 1, 1, 1]
    remove(database, team)
    assert [count(database, kind) for kind in KINDS] == [1, 0, 0, 0]


def test_nothing_is_on_until_somebody_switches_it_on(database: Database, tenants: TwoTenants) -> None:
    empty = {"checks": "{}", "weekdays": "[]", "limits": "{}", "required": "{}"}
    row = by_schema(database, "nudge_settings", tenant_id=tenants.ours, **empty)

    assert (bool(row["is_on"]), row["at"], bool(row["shows_names"])) == (False, "08:30", False)
    assert row["next_at"] is None
