"""A month has so many cards: what comes after is held, told once, and leaves when there is room again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.scheduled.release_over_quota import OverQuota, warn_of_quota
from models.clock import now
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins
from models.deliveries.test_cards import create_test_cards
from models.events.day_usage import cards_of_month, usage_by_month
from models.plan import quota
from models.plan.quota import NEVER
from models.rules.rulesets import Rulesets
from models.tables import Delivery, Destination, QuietHours, Tenant, User
from models.tables.deliveries import QUOTA, DeliveryState
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, link
from tests.models.rows import add

HELD, DELIVERED = DeliveryState.HELD, DeliveryState.DELIVERED


@pytest.fixture
def over(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> OverQuota:
    monkeypatch.setattr("jobs.scheduled.release_over_quota.now", clock)
    return OverQuota(bench.database, Rulesets(fresh_s=0.0))


def limit(database: Database, tenant_id: int, cards: int | None) -> None:
    with database.writing(tenant_id) as session:
        session.execute(update(Tenant).where(Tenant.id == tenant_id).values(monthly_limit=cards))


def states(bench: Bench, tenant_id: int) -> Counter[tuple[str, str]]:
    """Count the deliveries by state, those that are held also by reason."""
    return Counter(
        (each.state, each.reason if each.state == HELD else "")
        for each in bench.deliveries(tenant_id)
        if each.event_id
    )


def send(bench: Bench, seconds: int = 20) -> None:
    for _ in range(seconds):
        bench.send_due()
        bench.clock.advance(1)


def notices(bench: Bench, tenant_id: int) -> list[str]:
    with bench.database.reading(tenant_id) as session:
        mine = (Delivery.tenant_id == tenant_id, Delivery.notice.is_not(None))
        found = session.scalars(select(Delivery.notice).where(*mine).order_by(Delivery.id))
        return [str(each["title"]) for each in found if each and "this month" in each["title"]]


def test_beyond_the_limit_cards_are_held_and_no_other_tenants(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    limit(bench.database, tenants.ours, 2)
    for each in tenants:
        bench.receive_deals(each, 5)

    send(bench)
    assert over.release_due() is False
    send(bench)

    assert states(bench, tenants.ours) == {(DELIVERED, ""): 2, (HELD, QUOTA): 3}
    assert states(bench, tenants.theirs) == {(DELIVERED, ""): 5}
    assert [each.next_attempt_at for each in bench.deliveries(tenants.ours)[2:]] == [NEVER] * 3
    assert bench.titles() == ["Deal 1", "Deal 2"]


def test_a_raised_limit_releases_the_oldest_first_and_each_once(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 1)
    for number in range(1, 5):
        bench.receive_deals(tenants.ours, 1, first=number)
    send(bench)

    limit(bench.database, tenants.ours, 3)
    over.release_due()
    OverQuota(bench.database, Rulesets(fresh_s=0.0)).release_due()
    send(bench)
    assert bench.titles() == ["Deal 1", "Deal 2", "Deal 3"]
    limit(bench.database, tenants.ours, None)
    over.release_due()
    send(bench)

    assert bench.titles() == ["Deal 1", "Deal 2", "Deal 3", "Deal 4"]
    assert states(bench, tenants.ours) == {(DELIVERED, ""): 4}
    assert [each.is_silent for each in bench.deliveries(tenants.ours)] == [False, True, True, True]


def test_a_new_month_has_its_cards_again(bench: Bench, tenants: TwoTenants, over: OverQuota) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 2)
    for number in range(1, 6):
        bench.receive_deals(tenants.ours, 1, first=number)
    send(bench)
    with bench.database.reading(tenants.ours) as session:
        used = quota.usage(session, tenants.ours, bench.clock.at)
        bench.clock.at = used.resets_at - timedelta(seconds=1)
    assert (used.cards, used.held, used.percent) == (2, 3, 100)
    over.release_due()
    assert bench.send_due() == []

    bench.clock.advance(2)
    over.release_due()
    send(bench)

    assert bench.titles() == ["Deal 1", "Deal 2", "Deal 3", "Deal 4"]
    with bench.database.reading(tenants.ours) as session:
        assert cards_of_month(session, tenants.ours, bench.clock.at) == 2
        months = usage_by_month(session, tenants.ours)
    assert [each.cards for each in months] == [2, 2]
    assert sum(each.cards for each in months) == states(bench, tenants.ours)[DELIVERED, ""]


def test_what_comes_new_does_not_overtake_what_is_held(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 1)
    bench.receive_deals(tenants.ours, 2)
    send(bench)
    limit(bench.database, tenants.ours, 2)
    bench.receive_deals(tenants.ours, 1, first=3)

    over.release_due()
    send(bench)

    assert bench.titles() == ["Deal 1", "Deal 2"]


def test_one_card_that_several_rules_want_is_one(bench: Bench, tenants: TwoTenants, over: OverQuota) -> None:
    for name in ("first", "second", "third"):
        link(bench.database, tenants.ours, name=name)
    limit(bench.database, tenants.ours, 1)
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.ours, 1, first=2)
    send(bench)
    skipped = {(DeliveryState.SKIPPED, ""): 4}
    assert states(bench, tenants.ours) == {(DELIVERED, ""): 1, (HELD, QUOTA): 1} | skipped

    limit(bench.database, tenants.ours, 2)
    over.release_due()
    send(bench)

    assert bench.titles() == ["Deal 1", "Deal 2"]


def test_more_than_a_batch_leaves_batch_by_batch(
    bench: Bench, tenants: TwoTenants, over: OverQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, OTHER_SPACE)
    limit(bench.database, tenants.ours, 0)
    bench.receive_deals(tenants.ours, 12)
    monkeypatch.setattr(quota, "BATCH", 5)
    seen: list[int] = []
    release = quota.release

    def note(session: Any, tenant_id: int, cards: Any, *args: Any) -> None:
        seen.append(len(cards))
        release(session, tenant_id, cards, *args)

    monkeypatch.setattr(quota, "release", note)
    limit(bench.database, tenants.ours, None)
    over.release_due()

    assert states(bench, tenants.ours) == {(DeliveryState.PENDING, ""): 24}
    assert max(seen) <= 6


def test_what_is_released_in_quiet_hours_waits_for_their_end(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 0)
    bench.receive_deals(tenants.ours, 1)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    hours = {"scope": "tenant", "starts": "11:00", "ends": "13:00", "timezone": "UTC", "days": days}
    add(bench.database, QuietHours(tenant_id=tenants.ours, **hours))
    limit(bench.database, tenants.ours, None)

    over.release_due()

    assert states(bench, tenants.ours) == {(HELD, "held by quiet hours"): 1}
    assert bench.send_due() == []
    bench.clock.advance(3700)
    assert len(bench.send_due()) == 1


def test_admins_are_told_at_80_and_at_100_percent_once_a_month_each(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for each, name in ((tenants.ours, "users/1001"), (tenants.theirs, "users/1002")):
        add(bench.database, User(tenant_id=each, email=f"{each}@x.test", role="admin", chat_name=name))
    limit(bench.database, tenants.ours, 5)
    told = []
    for number in range(1, 8):
        bench.receive_deals(tenants.ours, 1, first=number)
        send(bench, 2)
        for _ in range(2):
            warn_of_quota(bench.database)
        told.append(len(notices(bench, tenants.ours)))

    assert told == [0, 0, 0, 1, 2, 2, 2]
    assert notices(bench, tenants.ours) == [
        "Most cards of this month are used",
        "All cards of this month are used",
    ]
    assert notices(bench, tenants.theirs) == []
    with bench.database.reading(tenants.ours) as session:
        bench.clock.at = quota.month_after(bench.clock.at)
        assert cards_of_month(session, tenants.ours, bench.clock.at) == 0
    over.release_due()
    send(bench, 5)
    bench.receive_deals(tenants.ours, 2, first=8)
    send(bench, 5)
    warn_of_quota(bench.database)
    assert notices(bench, tenants.ours)[2:] == ["Most cards of this month are used"]


def test_test_cards_and_notices_are_not_counted(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 0)
    bench.clock.at = now()
    with bench.database.writing(tenants.ours) as session:
        create_test_cards(session, tenants.ours, session.scalars(select(Destination)).all())
        notify_admins(session, tenants.ours, Notice("Hello", "There."))

    send(bench)

    assert len(bench.chat.cards(SPACE)) == 2
    with bench.database.reading(tenants.ours) as session:
        assert cards_of_month(session, tenants.ours, bench.clock.at) == 0


def test_a_delivery_that_dies_gives_its_place_back(
    bench: Bench, tenants: TwoTenants, over: OverQuota
) -> None:
    link(bench.database, tenants.ours)
    limit(bench.database, tenants.ours, 1)
    bench.receive_deals(tenants.ours, 2)
    first = bench.deliveries(tenants.ours)[0].id
    with bench.database.writing(tenants.ours) as session:
        mine = update(Delivery).where(Delivery.tenant_id == tenants.ours, Delivery.id == first)
        session.execute(mine.values(state=DeliveryState.DEAD))

    over.release_due()

    assert states(bench, tenants.ours) == {(DeliveryState.DEAD, ""): 1, (DeliveryState.PENDING, ""): 1}
