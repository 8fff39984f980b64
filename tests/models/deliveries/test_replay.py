"""Dead letters are replayed by filter and range: whole messages, once, of one tenant only."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.deliveries.replay import PAUSED, REMOVED, Replayed, Sought, chosen, replay, summary
from models.errors import NotFound
from models.security.audit import Auditor
from models.tables import AuditEntry, Lane
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import deliveries, end, place_of

EITHER = ("dead", "skipped")


def run(database: Database, sought: Sought, *, dry_run: bool = False) -> Replayed:
    return replay(database, "Acme", sought, dry_run=dry_run)


def test_all_dead_letters_are_owed_again_and_their_lanes_are_due(
    database: Database, tenants: TwoTenants
) -> None:
    wall, hall = place_of(database, tenants.ours), place_of(database, tenants.ours, "Hall")
    end(database, tenants.ours, wall, 3)
    end(database, tenants.ours, hall)
    end(database, tenants.ours, wall, state="delivered")
    end(database, tenants.theirs, place_of(database, tenants.theirs), 2)

    done = run(database, Sought())

    assert done == Replayed(Counter({"Wall": 3, "Hall": 1}))
    again = deliveries(database, tenants.ours, state="pending")
    assert [(each.attempts, each.reason, each.finished_at) for each in again] == [(0, "", None)] * 4
    with database.reading_all() as session:
        due = session.execute(select(Lane.tenant_id, Lane.lane, Lane.due_at).order_by(Lane.lane)).all()
    assert [(tenant_id, lane) for tenant_id, lane, _ in due] == [
        (tenants.ours, "spaces/Hall"),
        (tenants.ours, "spaces/Wall"),
    ]
    assert all(at is not None for _, _, at in due)
    assert len(deliveries(database, tenants.theirs, state="dead")) == 2


def test_a_second_replay_finds_nothing_left(
    database: Database, tenants: TwoTenants, auditor: Auditor
) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours))
    run(database, Sought())
    assert run(database, Sought()).counted.total() == 0
    with database.reading(tenants.ours) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.tenant_id == tenants.ours)).all()
        assert [(each.action, each.object, each.details) for each in entries] == [
            ("delivery.replayed", "1 delivery", {"to": {"Wall": 1}})
        ]
        assert auditor.first_broken(session, tenants.ours) is None


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (Sought(), ["early", "late", "other rule"]),
        (Sought(("skipped",)), ["skipped"]),
        (Sought(EITHER), ["early", "late", "other rule", "skipped"]),
        (Sought(rule="Losses"), ["other rule"]),
        (Sought(rule="wins"), []),
        (Sought(destination="Wall"), ["early", "late", "other rule"]),
        (Sought(destination="Hall"), []),
        (Sought(since=NOON), ["late", "other rule"]),
        (Sought(until=NOON), ["early"]),
        (Sought(since=NOON, until=NOON), []),
        (Sought(ids=[]), []),
        (Sought(EITHER, ids=range(1, 7)), ["early", "late", "other rule", "skipped", "test"]),
    ],
)
def test_filters_and_ranges_choose(
    database: Database, tenants: TwoTenants, sought: Sought, expected: list[str]
) -> None:
    wall = place_of(database, tenants.ours)
    end(database, tenants.ours, wall, reason="early", created_at=NOON - timedelta(microseconds=1))
    end(database, tenants.ours, wall, reason="late")
    end(database, tenants.ours, wall, reason="other rule", rule_name="Losses")
    end(database, tenants.ours, wall, reason="skipped", state="skipped")
    end(database, tenants.ours, wall, reason="test", is_test=True)
    end(database, tenants.ours, wall, reason="sent", state="delivered")

    with database.reading(tenants.ours) as session:
        ids = chosen(session, tenants.ours, sought)

    assert [each.reason for each in deliveries(database, tenants.ours) if each.id in ids] == expected


def test_a_folded_message_goes_again_whole_with_its_key(database: Database, tenants: TwoTenants) -> None:
    wall = place_of(database, tenants.ours)
    end(database, tenants.ours, wall, 4, message_key="client-one")
    end(database, tenants.ours, wall, message_key="client-two")
    end(database, tenants.theirs, place_of(database, tenants.theirs), message_key="client-one")
    third = deliveries(database, tenants.ours)[2]
    sought = Sought(ids=[third.id])

    assert run(database, sought, dry_run=True).counted == Counter({"Wall": 4})
    assert run(database, sought).counted == Counter({"Wall": 4})

    again = deliveries(database, tenants.ours, state="pending")
    assert [each.message_key for each in again] == ["client-one"] * 4
    assert [each.state for each in deliveries(database, tenants.theirs)] == ["dead"]


def test_what_cannot_be_sent_is_left_out_with_its_reason(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, None, 2)
    end(database, tenants.ours, place_of(database, tenants.ours, is_active=False), 3)

    done = run(database, Sought())

    assert done == Replayed(Counter(), Counter({PAUSED: 3, REMOVED: 2}))
    assert len(deliveries(database, tenants.ours, state="dead")) == 5
    assert summary("Acme", done, dry_run=False) == [
        "Acme: 0 deliveries owed again",
        f"3 left out: {PAUSED}",
        f"2 left out: {REMOVED}",
    ]


def test_a_dry_run_counts_and_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours), 2)
    done = run(database, Sought(), dry_run=True)
    assert summary("Acme", done, dry_run=True) == ["Acme: 2 deliveries would be owed again (Wall 2)"]
    assert len(deliveries(database, tenants.ours, state="dead")) == 2


def test_ten_thousand_go_in_short_transactions(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours), 10_000)
    batches: list[tuple[int, float]] = []
    really = delivery_store.replay

    def timed(*given: object) -> list[object]:
        started = time.monotonic()
        again = really(*given)  # type: ignore[arg-type]
        batches.append((len(again), time.monotonic() - started))
        return list(again)

    monkeypatch.setattr(delivery_store, "replay", timed)

    assert run(database, Sought()).counted == Counter({"Wall": 10_000})
    assert [size for size, _ in batches] == [500] * 20
    assert sorted(took for _, took in batches)[10] < 1
    assert len(deliveries(database, tenants.ours, state="pending")) == 10_000


def test_a_tenant_nobody_knows_is_not_found(database: Database, tenants: TwoTenants) -> None:
    with pytest.raises(NotFound, match="Nobody"):
        replay(database, "Nobody", Sought(), dry_run=False)


def test_a_notice_of_then_is_not_told_now(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours), notice={"title": "t", "words": "w"})
    with database.reading(tenants.ours) as session:
        assert chosen(session, tenants.ours, Sought()) == []
        (dead,) = deliveries(database, tenants.ours)
        assert chosen(session, tenants.ours, Sought(ids=[dead.id])) == [dead.id]
