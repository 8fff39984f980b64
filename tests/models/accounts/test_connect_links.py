"""A connect link: opening it does not use it up, its button does, once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine

from models.accounts.connect_links import MINUTES, MOST_OPEN, issue, peek, redeem
from models.database.engine import Database
from models.errors import TooOften
from models.tables import ConnectLink
from models.tables.accounts import ADMIN_LINK, CONNECT
from tests.conftest import TwoTenants
from tests.models.rows import count


def issued(database: Database, email: str = "ada@example.com", **said: object) -> str:
    usual = {
        "purpose": CONNECT,
        "email": email,
        "chat_name": "users/1",
        "tenant_id": None,
        "space": "spaces/AAAA",
        "space_title": "Deals",
    }
    with database.writing_all() as session:
        return issue(session, **(usual | said))  # type: ignore[arg-type]  # a test names what it wants


def peeked(database: Database, secret: str) -> ConnectLink | None:
    with database.reading_all() as session:
        return peek(session, secret)


def redeemed(database: Database, secret: str) -> ConnectLink | None:
    with database.writing_all() as session:
        return redeem(session, secret)


def test_a_ticket_knows_who_asked_and_where(database: Database, tenants: TwoTenants) -> None:
    secret = issued(database, "Ada@Example.com ", tenant_id=tenants.ours)

    ticket = redeemed(database, secret)

    assert ticket is not None
    assert (ticket.email, ticket.chat_name, ticket.purpose) == ("ada@example.com", "users/1", CONNECT)
    assert (ticket.tenant_id, ticket.space, ticket.space_title) == (tenants.ours, "spaces/AAAA", "Deals")
    assert secret not in ticket.digest


def test_looking_uses_nothing_up_and_redeeming_does(database: Database) -> None:
    secret, other = issued(database), issued(database, "ben@example.com")

    assert all(peeked(database, secret) for _ in range(3))
    assert redeemed(database, secret) is not None
    assert (peeked(database, secret), redeemed(database, secret)) == (None, None)
    assert peeked(database, other) is not None


def test_of_many_who_press_at_once_one_gets_in(database: Database) -> None:
    secret = issued(database)
    got: list[bool] = []
    start = threading.Barrier(6)

    def race() -> None:
        start.wait()
        got.append(redeemed(database, secret) is not None)

    racers = [threading.Thread(target=race) for _ in range(6)]
    for each in racers:
        each.start()
    for each in racers:
        each.join()

    assert sorted(got) == [False] * 5 + [True]


def test_a_ticket_runs_out(database: Database) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        secret = issued(database)
        at.shift(timedelta(minutes=MINUTES, seconds=-1))
        assert peeked(database, secret) is not None
        at.shift(1)
        assert (peeked(database, secret), redeemed(database, secret)) == (None, None)


@pytest.mark.parametrize("secret", ["", "made up", "x" * 100_000, "\x00", "😀"])
def test_a_made_up_secret_opens_nothing(database: Database, secret: str) -> None:
    issued(database)

    assert (peeked(database, secret), redeemed(database, secret)) == (None, None)
    assert count(database, ConnectLink) == 1


def test_a_long_title_of_a_space_is_cut(database: Database) -> None:
    ticket = redeemed(database, issued(database, space_title="d" * 300))

    assert ticket is not None
    assert ticket.space_title == "d" * 255


def test_whoever_uses_none_of_many_links_waits_and_nobody_else_does(database: Database) -> None:
    links = [issued(database) for _ in range(MOST_OPEN)]
    with pytest.raises(TooOften) as refused:
        issued(database, "ADA@example.com")
    assert f"ask again in {MINUTES} minutes" in refused.value.user_message
    assert 0 < refused.value.retry_after <= 60 * MINUTES + 1
    assert issued(database, "bob@example.com")
    assert issued(database, purpose=ADMIN_LINK)

    assert redeemed(database, links[-1]) is not None
    issued(database)
    with pytest.raises(TooOften):
        issued(database)
    with time_machine.travel(timedelta(minutes=MINUTES, seconds=1)):
        assert issued(database)
