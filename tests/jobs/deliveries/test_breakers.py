"""A destination that fails for now is left alone for moments, and says when cards come again.

One that fails for days is paused, and the admins are notified.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.deliveries.breakers import FOR_DAYS
from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.destinations import health
from models.destinations.actions import resume_destination
from models.destinations.queries import list_destinations
from models.tables import Destination, User
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, link, title_of
from tests.models.rows import add
from web.playground.faults import Fault

ADMIN = "ada@example.com"
HOOK = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t"


@pytest.fixture(autouse=True)
def _today(clock: HandClock) -> None:
    """Notices are due when they are created, by the real clock."""
    clock.at = now()


def _admin(
    database: Database, tenant_id: int, email: str = ADMIN, chat_name: str | None = "users/1001"
) -> None:
    add(database, User(tenant_id=tenant_id, email=email, role="admin", chat_name=chat_name))


def _notices(bench: Bench, tenant_id: int) -> list[tuple[str, str, str]]:
    owed = [each for each in bench.deliveries(tenant_id) if each.notice]
    return [(each.destination_name, (each.notice or {})["title"], each.state) for each in owed]


@pytest.fixture
def long_ago(clock: HandClock) -> None:
    """Before any notice is due, and early enough to pass days."""
    clock.at = now() - timedelta(days=10)


def _failing(bench: Bench, tenant_id: int) -> list[health.Failing]:
    with bench.database.reading(tenant_id) as session:
        return health.failing_of(session, tenant_id)


def _tries(bench: Bench, tenant_id: int, seconds: int) -> int:
    """Send for so long; return how often Chat was asked."""
    before = len(bench.attempts(tenant_id))
    bench.send_all(seconds=seconds)
    return len(bench.attempts(tenant_id)) - before


@pytest.mark.usefixtures("long_ago")
def test_an_open_breaker_spares_a_silent_destination_and_no_other(bench: Bench, tenants: TwoTenants) -> None:
    for tenant_id, space in ((tenants.ours, SPACE), (tenants.theirs, OTHER_SPACE)):
        link(bench.database, tenant_id, space)
    bench.chat.faults.order(Fault(times=10_000, status=503, where=SPACE))
    for number in range(30):
        bench.receive_deals(tenants.ours, 1, first=number)
        bench.clock.advance(1)
    _tries(bench, tenants.ours, 180)
    (failing,) = _failing(bench, tenants.ours)
    assert failing.open_until is not None

    assert _tries(bench, tenants.ours, 300) <= 7  # one a minute, whatever waits
    bench.receive_deals(tenants.theirs, 1)
    bench.send_due()
    assert bench.titles(OTHER_SPACE) == ["Deal 1"]
    assert _failing(bench, tenants.theirs) == []


def test_what_waits_behind_an_open_breaker_goes_at_once_when_a_person_resumes(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=10_000, status=503))
    bench.receive_deals(tenants.ours, 3)
    _tries(bench, tenants.ours, 15 * 60)
    bench.chat.faults.clear()
    assert _tries(bench, tenants.ours, 4) == 0

    with bench.database.writing(tenants.ours) as session:
        (place,) = list_destinations(session, tenants.ours)
        resume_destination(session, system(tenants.ours, ADMIN), place)
    bench.send_all(seconds=8)

    assert set(bench.titles()) == {"Deal 1", "Deal 2", "Deal 3"}
    assert _failing(bench, tenants.ours) == []


@pytest.mark.usefixtures("long_ago")
def test_one_bad_card_does_not_hold_up_those_behind_it(bench: Bench, tenants: TwoTenants) -> None:
    """They pass it after a minute, as ever; the first that arrives closes the breaker."""
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=4, status=503))
    bench.receive_deals(tenants.ours, 2)
    bench.send_all(seconds=70)
    assert "Deal 2" in bench.titles()
    assert _failing(bench, tenants.ours) == []


@pytest.mark.usefixtures("long_ago")
def test_a_429_and_a_refused_card_say_nothing_about_a_destination(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=2, status=429))
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()
    with bench.database.reading_all() as session:
        assert health.failing_among(session, {(tenants.ours, 1)}) == []


@pytest.mark.usefixtures("long_ago")
def test_people_are_told_once_that_cards_come_again(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=10_000, status=503))
    bench.receive_deals(tenants.ours, 1)
    _tries(bench, tenants.ours, 15 * 60)
    bench.chat.faults.clear()
    bench.receive_deals(tenants.ours, 1, first=2)
    bench.send_all(seconds=3600)
    bench.clock.at = now()
    bench.send_all(seconds=30)
    titles = bench.titles()
    assert titles.count("Cards arrive again") == 1
    assert {"Deal 1", "Deal 2"} < set(titles)
    (notice,) = [card for card in bench.chat.cards(SPACE) if title_of(card) == "Cards arrive again"]
    assert "took no cards here for" in str(notice)
    assert _failing(bench, tenants.ours) == []


@pytest.mark.usefixtures("long_ago")
def test_a_short_outage_is_not_worth_a_word(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=5, status=503))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all(seconds=500)
    assert bench.titles() == ["Deal 1"]


@pytest.mark.usefixtures("long_ago")
def test_after_five_days_it_is_paused_and_the_admins_hear_of_it(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    add(bench.database, User(tenant_id=tenants.ours, email=ADMIN, role="admin", chat_name="users/1001"))
    bench.chat.faults.order(Fault(times=10_000, status=503, where=SPACE))
    for number in range(8):
        bench.receive_deals(tenants.ours, 1, first=number)
        bench.send_all(seconds=400, step=10)
        bench.clock.advance(20 * 3600)
    with bench.database.reading(tenants.ours) as session:
        wall = session.query(Destination).filter_by(tenant_id=tenants.ours, name=SPACE).one()
    assert (wall.is_active, wall.paused_because) == (False, FOR_DAYS)
    notices = [each.notice for each in bench.deliveries(tenants.ours) if each.notice]
    assert [each["title"] for each in notices] == [f"{SPACE} does not let Pipenotify post any more"]
    assert _failing(bench, tenants.ours) == []
