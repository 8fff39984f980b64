"""The share of restricted deals is measured over stored events, and told to admins once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from models.connections.restricted_share import (
    CONNECTED,
    REDACTED,
    FirstRedacted,
    Share,
    is_due,
    stored_share,
    tell_at_connecting,
    tell_at_first_card,
)
from models.database.engine import Database
from models.tables import Connection, Delivery, Event, Rule, User
from tests.conftest import TwoTenants
from tests.jobs.visible import restricted
from tests.models.rows import add

USERS = frozenset({"1", "2", "3"})
MOST, HALF = Share(83, 100), Share(50, 100)
FIRST = FirstRedacted(7, "Big wins", "Deals")


def stored(database: Database, tenant_id: int, *bodies: dict[str, Any], kind: str = "deal") -> None:
    for number, body in enumerate(bodies):
        key = f"{kind}:{body['meta']['entity_id']}"
        row = {"source_key": f"{kind}-{number}", "raw": orjson.dumps(body), "object_key": key}
        add(database, Event(tenant_id=tenant_id, state="done", **row))


def told(database: Database) -> list[dict[str, Any]]:
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).order_by(Delivery.id))
        return [{"to": each.destination_name, **(each.notice or {})} for each in owed]


@pytest.fixture
def connected(database: Database, tenants: TwoTenants) -> int:
    """Ours, connected, with an admin whom Chat has met and a rule that hides restricted deals."""
    add(database, Connection(tenant_id=tenants.ours, company_id="1", state="connected"))
    add(database, Rule(tenant_id=tenants.ours, name="Big wins", event_types=["deal.won"]))
    add(database, User(tenant_id=tenants.ours, email="ada@x.test", role="admin", chat_name="users/1"))
    return tenants.ours


def test_each_deal_counts_once_and_as_it_was_last(database: Database, tenants: TwoTenants) -> None:
    bodies = [
        restricted(1),
        restricted(2, to=("1", "2", "3")),
        restricted(3),
        restricted(1, to=("1", "2", "3")),
    ]
    open_to_all = restricted(4)
    del open_to_all["meta"]["permitted_user_ids"]
    stored(database, tenants.ours, *bodies, open_to_all)
    stored(database, tenants.ours, restricted(9), kind="person")
    stored(database, tenants.theirs, restricted(5), restricted(6))
    add(database, Event(tenant_id=tenants.ours, source_key="x", raw=b"{", object_key="deal:77", state="done"))
    with database.reading(tenants.ours) as session:
        share = stored_share(session, tenants.ours, USERS)
    assert (share.restricted, share.counted) == (1, 3)


@pytest.mark.parametrize(
    ("share", "text"),
    [(Share(83, 100), "83 of the last 100 deals"), (Share(1, 1), "the last deal")],
)
def test_a_share_is_read_as_people_say_it(share: Share, text: str) -> None:
    assert str(share) == text
    assert share.sentence.startswith(text[0].upper())


def test_admins_are_told_once_at_connecting_with_the_share_and_both_ways_out(
    database: Database, connected: int, tenants: TwoTenants
) -> None:
    for _ in range(2):
        with database.writing(connected) as session:
            assert tell_at_connecting(session, connected, MOST)
    (notice,) = told(database)
    assert notice["to"] == "ada@x.test"
    assert notice["words"].startswith("83 of the last 100 deals may not be seen by everybody")
    assert notice["button"] == "Show in all rules\nChoose rules"
    with database.reading_all() as session:
        assert not is_due(session, connected, CONNECTED)
        assert is_due(session, connected, REDACTED)
        assert not is_due(session, tenants.theirs, REDACTED), "it has no connection"


def test_without_a_rule_there_is_no_button_yet(database: Database, connected: int) -> None:
    with database.writing(connected) as session:
        session.delete(session.scalars(select(Rule)).one())
        session.flush()
        tell_at_connecting(session, connected, MOST)
    (notice,) = told(database)
    assert (notice["button"], notice["words"].endswith("The card of a rule has a switch for it.")) == (
        "",
        True,
    )


def test_the_first_card_without_content_is_told_with_its_rule_and_place(
    database: Database, connected: int
) -> None:
    with database.writing(connected) as session:
        assert tell_at_first_card(session, connected, MOST, FIRST)
    (notice,) = told(database)
    assert notice["title"] == "A card of “Big wins” came without its content"
    assert notice["words"].startswith("It went to Deals. 83 of the last 100 deals")
    assert notice["url"].splitlines()[0] == "press:restricted.ask?rule=7"


def test_nobody_is_told_of_few_and_it_stays_due_until_there_is_an_admin(
    database: Database, connected: int
) -> None:
    with database.writing(connected) as session:
        assert not tell_at_first_card(session, connected, HALF, FIRST)
        session.scalars(select(User)).one().role = "sales_rep"
        session.flush()
        assert not tell_at_first_card(session, connected, MOST, FIRST)
        assert is_due(session, connected, REDACTED)
    assert told(database) == [], "no space is told instead"
