"""A connection's life: connected, events, disconnected, connected again, erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from models.clock import now
from models.tables import Tenant
from models.tables.base import Base
from tests.browsers import CALLBACK, Browser, Firm, new_firm
from tests.customers import new_customer
from tests.stack import HOLDS_AFTER_S, Stack, wait_until

WITHIN_S = 40.0


@pytest.fixture
def firm(stack: Stack) -> Firm:
    return new_firm(stack)


@pytest.fixture
def boss(stack: Stack, firm: Firm) -> Iterator[Browser]:
    """The company's admin, who came from a space in Chat."""
    with Browser(stack) as browser:
        browser.sign_in(firm.boss, space=space_of(stack), space_title="Deals")
        yield browser


def space_of(stack: Stack) -> str:
    return new_customer(stack).spaces[0]


def looked_after(firm: Firm) -> int:
    """Wait until our webhooks are registered at Pipedrive and recorded; return how many."""

    def count() -> int:
        row = firm.connection()
        is_quiet = row is not None and row.checked_at is not None and row.check_lease_until is None
        return len(firm.crm.subscriptions.all) if is_quiet else 0

    return wait_until(count, WITHIN_S, "webhooks of ours")


def titles(firm: Firm, space: str) -> list[str]:
    cards = firm.stack.play.chat.cards(space)
    return [card["cardsV2"][0]["card"]["header"]["title"] for card in cards]


def rows_of(firm: Firm, tenant_id: int) -> dict[str, int]:
    """How many rows each table has of a tenant, sessions aside."""
    tables = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.c]
    found = {}
    with firm.stack.database.reading_all() as session:
        for table in tables:
            query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id)
            found[table.name] = session.execute(query).scalar_one()
    return {name: count for name, count in found.items() if count}


def win(firm: Firm, title: str) -> None:
    deal: Any = firm.crm.do("create_deal", title=title, stage_id=1)
    firm.crm.do("win_deal", id=deal["id"])


def test_a_consent_leads_to_cards_and_disconnecting_ends_them(
    stack: Stack, firm: Firm, boss: Browser
) -> None:
    space = space_of(stack)
    boss.sign_in(firm.boss, space=space, space_title="Deals")
    answer = firm.connect(boss)
    assert answer.headers["location"] == "/setup?connected=1&also=founded#said"
    wait_until(lambda: f"Pipedrive is connected: {firm.name}" in titles(firm, space), WITHIN_S, "the news")
    assert looked_after(firm) > 5

    stack.load({"tenant": firm.name, "rules": [{"name": "Wins", "on": "deal.won", "to": [space]}]})
    changed_at = now()
    wait_until(lambda: (now() - changed_at).total_seconds() > HOLDS_AFTER_S, 10, "the rule to hold")
    win(firm, "First win")
    wait_until(lambda: "First win" in titles(firm, space), WITHIN_S, "the card")

    assert boss.press("/setup/disconnect", on="/setup", data="keep").status_code == 303
    wait_until(lambda: firm.state() == "revoked", WITHIN_S, "the end of the connection")
    row = firm.connection()
    assert row is not None
    assert (row.access_token, row.refresh_token) == (None, None)
    assert firm.crm.subscriptions.all == {}
    assert not [one for one in stack.play.pipedrive.oauth._refresh.values() if one.company_id == firm.crm.id]

    assert firm.connect(boss).headers["location"] == "/setup?connected=1&also=renewed#said"
    assert looked_after(firm) > 5
    win(firm, "Second win")
    wait_until(lambda: "Second win" in titles(firm, space), WITHIN_S, "the card of the second connection")


def test_a_team_that_is_erased_leaves_nothing_and_the_others_everything(stack: Stack, firm: Firm) -> None:
    other = new_firm(stack)
    with Browser(stack) as ours, Browser(stack) as theirs:
        for browser, each in ((ours, firm), (theirs, other)):
            browser.sign_in(each.boss, space=space_of(stack))
            assert each.connect(browser).status_code == 303
            assert looked_after(each) > 5
        row, their_row = firm.connection(), other.connection()
        assert row is not None
        assert their_row is not None
        webhooks = len(other.crm.subscriptions.all)
        their_tables = set(rows_of(other, their_row.tenant_id))

        mistyped = ours.press("/setup/disconnect", on="/setup", data="erase", team="Wrong")
        assert mistyped.headers["Location"].endswith("/setup?said=mistyped#said")
        assert firm.state() == "connected"
        said = ours.press("/setup/disconnect", on="/setup", data="erase", team=firm.name)
        assert said.headers["location"] == "/setup?said=erasing#said"
        wait_until(lambda: not firm.tenants(), WITHIN_S * 2, "the end of the team")
        assert rows_of(firm, row.tenant_id) == {}
        assert firm.crm.subscriptions.all == {}
        assert ours.get("/api/v1/oauth/status").status_code == 401, "the sessions of its people are gone, too"

        assert (other.state(), len(other.crm.subscriptions.all)) == ("connected", webhooks)
        # More may have come meanwhile: the roll-up of figures begins when an hour is over.
        assert set(rows_of(other, their_row.tenant_id)) >= their_tables
        assert theirs.get("/api/v1/oauth/status").json()["status"] == "connected"
        # The company has no tenant again: the next person to connect begins anew.
        ours.sign_in(firm.boss)
        assert firm.connect(ours).headers["location"] == "/setup?connected=1&also=founded#said"


def test_an_uninstall_at_pipedrive_is_known_here_at_once(stack: Stack, firm: Firm, boss: Browser) -> None:
    firm.connect(boss)
    looked_after(firm)
    play = stack.play.pipedrive
    assert play.uninstall(f"{stack.url}{CALLBACK}", company_id=firm.crm.id, user_id=2) == 200
    assert firm.state() == "connected"
    assert play.uninstall(f"{stack.url}{CALLBACK}", company_id=firm.crm.id, user_id=1) == 200
    assert boss.get("/api/v1/oauth/status").json()["status"] == "revoked"
    assert firm.connect(boss).headers["location"] == "/setup?connected=1&also=renewed#said"
    assert looked_after(firm) > 5


def test_a_colleague_with_rights_in_pipedrive_joins_the_same_team(stack: Stack, firm: Firm) -> None:
    firm.crm.store.records["user"]["2"]["is_admin"] = True
    with Browser(stack) as boss, Browser(stack) as rep:
        boss.sign_in(firm.boss)
        rep.sign_in(firm.rep)
        firm.connect(boss)
        first = firm.connection()
        answer = firm.connect(rep, user=2)
        assert answer.headers["location"] == "/setup?connected=1&also=joined#said"
        again = firm.connection()
    assert first is not None
    assert again is not None
    assert (again.tenant_id, again.connected_by, again.user_id) == (first.tenant_id, firm.rep, "2")
    assert firm.tenants() == [firm.name]


def test_a_person_of_two_companies_has_two_teams(stack: Stack, firm: Firm) -> None:
    other = new_firm(stack)
    with Browser(stack) as browser:
        browser.sign_in("agency@example.com")
        firm.connect(browser)
        assert other.connect(browser).headers["location"] == "/setup?connected=1&also=founded#said"
        rows = [firm.connection(), other.connection()]
        assert len({row.tenant_id for row in rows if row}) == 2
        with stack.database.reading_all() as session:
            names = session.scalars(
                select(Tenant.name).where(Tenant.id.in_([row.tenant_id for row in rows if row]))
            ).all()
        assert sorted(names) == sorted([firm.name, other.name])
