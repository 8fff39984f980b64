"""Two hours without the endpoint: missed changes are found and sent once, late, within the quota."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select, update

from models.clock import now
from models.tables import ApiUsage, Backfill, Connection, Heartbeat
from models.tables.connections import BackfillState
from tests.conftest import KINDS
from tests.customers import DOOR, PASSWORD, Customer, headings, new_customer
from tests.invariants import hold, settle, tenant_id
from tests.postgresql import Databases
from tests.stack import Stack, wait_until
from web.playground.faults import Fault
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.store import ApiUser, CrmStore

BEGAN: Final = timedelta(hours=2)
# As many failed tries as ban a webhook: webhooks after them are not even tried.
WON: Final = [f"Deal {number}" for number in range(10)]
# Of 20,000 a day and company. A list costs 20: those of a new connection, of open objects with leads since
# these are mirrored, and of four gaps and a repeated one.
MOST_TOKENS: Final = 1100
RETRIES_S: Final = (4, 31, 151)


@contextmanager
def running(folder: Path, database_url: str | None = None) -> Iterator[Stack]:
    """A separate product, whose Pipedrive begins three hours ago."""
    with Stack(folder, database_url) as stack:
        crm = stack.play.pipedrive
        crm.clock.forward(-3 * 3600)
        for records in crm.store.records.values():  # the initial data is as old
            for record in records.values():
                record.update(dict.fromkeys(record.keys() & {"add_time", "update_time"}, crm.clock.text()))
        yield stack


@pytest.fixture(params=KINDS)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    if request.param == "sqlite":
        with running(tmp_path) as made:
            yield made
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh() as url, running(tmp_path, url) as made:
        yield made


def customer_of(stack: Stack, company: CrmCompany) -> Customer:
    """A tenant whose company has one webhook for everything, and one urgent rule for deals and people."""
    customer = new_customer(stack, company_id=company.id)
    company.register(f"{stack.url}{DOOR}/{customer.key}", "pd", PASSWORD)
    token = stack.play.pipedrive.oauth.grant(1, company_id=company.id)["refresh_token"]
    connection = {"refresh_token": token, "api_domain": "https://acme.pipedrive.com"}
    on = ["deal.created", "deal.won", "deal.lost", "person.updated"]
    rule = {"name": "All", "on": on, "to": customer.spaces, "urgent": True}
    customer.load([rule], pipedrive={"connection": connection})
    return customer


def gaps(stack: Stack) -> Sequence[Backfill]:
    with stack.database.reading_all() as session:
        return session.scalars(select(Backfill).order_by(Backfill.id)).all()


def change(stack: Stack, table: type[Any], *which: Any, **values: Any) -> None:
    with stack.database.writing_all() as session:
        session.execute(update(table).where(*which).values(**values))


def lose_all_tries(stack: Stack) -> None:
    crm = stack.play.pipedrive
    for seconds in RETRIES_S:
        assert crm.sender.rest()
        crm.clock.forward(seconds)
    assert crm.sender.settle()


def late(customer: Customer) -> list[str]:
    """The titles of the cards marked as late."""
    cards = customer.cards()
    told = zip(headings(cards), cards, strict=True)
    return sorted(title for title, card in told if "(late, from " in str(card["fallbackText"]))


def is_done(stack: Stack, since: datetime) -> bool:
    return all(gap.state == BackfillState.DONE for gap in gaps(stack) if gap.since < since)


def both_at_work(stack: Stack) -> tuple[Customer, Customer]:
    """Two tenants, each with a space; ours has deals and a person, theirs a deal."""
    crm = stack.play.pipedrive
    ours = customer_of(stack, crm.companies[12345])
    theirs = customer_of(stack, crm.add_company(777, "Umbrella"))
    stack.start_web()
    stack.start_worker()
    for title in WON:
        crm.do("create_deal", title=title)
    crm.do("create_person", name="Grace")
    crm.companies[777].do("create_deal", title="Theirs")
    ours.wait_for_cards(len(WON), seconds=60)
    settle(ours, theirs)
    return ours, theirs


def two_hours_away(stack: Stack) -> None:
    """The endpoint stops, things change at Pipedrive, and no webhook is left to arrive."""
    crm, other = stack.play.pipedrive, stack.play.pipedrive.companies[777]
    stack.parts[0].stop()
    crm.clock.forward(3600)
    for title in WON:
        crm.do("win_deal", id=number_of(crm.store, "deal", title))
    assert crm.sender.rest()
    crm.do("create_deal", title="Brand new")
    crm.store.change("person", number_of(crm.store, "person", "Grace"), {"name": "Grace Hopper"}, ApiUser(1))
    other.do("lose_deal", id=number_of(other.store, "deal", "Theirs"))
    for seconds in RETRIES_S:
        assert crm.sender.rest()
        crm.clock.forward(seconds)
    assert crm.sender.settle()
    crm.clock.forward(-crm.clock.ahead)
    change(stack, Heartbeat, at=now() - BEGAN - timedelta(minutes=5))
    change(stack, Connection, Connection.tenant_id > 0, created_at=now() - timedelta(days=30))


def number_of(store: CrmStore, entity: str, name: str) -> int:
    found = store.find(entity, name)
    assert found is not None
    return int(found["id"])


def killed_halfway(stack: Stack, before: datetime) -> None:
    """Let the gaps be due at once, and kill the worker while Pipedrive keeps it waiting."""
    faults = stack.play.pipedrive.faults
    faults.order(Fault(where="/persons", hang=True))
    change(stack, Backfill, Backfill.since < before, due_at=now())
    wait_until(lambda: not faults._waiting, 60, "a catch-up in the middle of its lists")
    stack.parts[1].kill()
    assert not is_done(stack, before)
    change(stack, Backfill, Backfill.tenant_id > 0, lease_until=None)


def test_two_hours_of_missed_changes_are_told_once_each(stack: Stack) -> None:
    ours, theirs = both_at_work(stack)
    two_hours_away(stack)

    stack.start_web()
    wait_until(lambda: len(gaps(stack)) == 4, 20, "two gaps for each of two tenants")
    began = now() - BEGAN
    killed_halfway(stack, began)
    stack.start_worker()
    wait_until(lambda: is_done(stack, began), 90, "the catch-up")
    settle(ours, theirs, seconds=90)
    expected = sorted([*WON, "Brand new", "Grace Hopper"])
    assert (late(ours), late(theirs)) == (expected, ["Theirs"])

    release_due(stack, ours)
    settle(ours, theirs)
    assert (late(ours), late(theirs)) == (expected, ["Theirs"])
    assert sum(gap.found for gap in gaps(stack)) == len(expected) + 1
    assert tokens(stack) <= MOST_TOKENS
    hold(ours, theirs)
    assert stack.errors() == []


def release_due(stack: Stack, customer: Customer) -> None:
    """Request the same span again, and what a ban may have swallowed after it."""
    tenant, first = tenant_id(customer), gaps(stack)[0]
    with stack.database.writing(tenant) as session:
        again = Backfill(tenant_id=tenant, since=first.since, until=first.until, reason="again", due_at=now())
        session.add(again)
    change(stack, Backfill, Backfill.tenant_id > 0, Backfill.state == "waiting", due_at=now())
    wait_until(lambda: is_done(stack, now() + timedelta(days=1)), 60, "the second look")


def tokens(stack: Stack) -> int:
    """The cost of all calls for both companies, names included."""
    with stack.database.reading_all() as session:
        return session.scalar(select(func.sum(ApiUsage.tokens))) or 0
