"""Dead letters are replayed by filter and range: whole messages, once, of one tenant only."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.accounts.actor import system
from models.attention.gathered import GATHERED
from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.deliveries.notices import NOTICE
from models.deliveries.reasons import ON_ANOTHER_CARD
from models.deliveries.replay import (
    PAUSED,
    ReplayFilter,
    ReplayResult,
    find_replayable,
    replay_deliveries,
    summary_lines,
)
from models.destinations.open_deliveries import REMOVED
from models.security.audit import Auditor
from models.tables import AuditEntry, Lane
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import add_destination, deliveries, end

EITHER = ("dead", "skipped")


def run(
    database: Database, tenants: TwoTenants, replay_filter: ReplayFilter, *, dry_run: bool = False
) -> ReplayResult:
    return replay_deliveries(database, system(tenants.ours, "the test"), replay_filter, dry_run=dry_run)


def test_all_dead_letters_are_owed_again_and_their_lanes_are_due(
    database: Database, tenants: TwoTenants
) -> None:
    wall, hall = add_destination(database, tenants.ours), add_destination(database, tenants.ours, "Hall")
    end(database, tenants.ours, wall, 3)
    end(database, tenants.ours, hall)
    end(database, tenants.ours, wall, state="delivered")
    end(database, tenants.theirs, add_destination(database, tenants.theirs), 2)

    done = run(database, tenants, ReplayFilter())

    assert done == ReplayResult(Counter({"Wall": 3, "Hall": 1}))
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
    end(database, tenants.ours, add_destination(database, tenants.ours))
    run(database, tenants, ReplayFilter())
    assert run(database, tenants, ReplayFilter()).counted.total() == 0
    with database.reading(tenants.ours) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.tenant_id == tenants.ours)).all()
        assert [(each.action, each.object, each.details) for each in entries] == [
            ("delivery.replayed", "1 delivery", {"to": {"Wall": 1}})
        ]
        assert auditor.first_broken(session, tenants.ours) is None


@pytest.mark.parametrize(
    ("replay_filter", "expected"),
    [
        (ReplayFilter(), ["early", "late", "other rule"]),
        (ReplayFilter(("skipped",)), ["skipped"]),
        (ReplayFilter(EITHER), ["early", "late", "other rule", "skipped"]),
        (ReplayFilter(rule="Losses"), ["other rule"]),
        (ReplayFilter(rule="wins"), []),
        (ReplayFilter(destination="Wall"), ["early", "late", "other rule"]),
        (ReplayFilter(destination="Hall"), []),
        (ReplayFilter(since=NOON), ["late", "other rule"]),
        (ReplayFilter(until=NOON), ["early"]),
        (ReplayFilter(since=NOON, until=NOON), []),
        (ReplayFilter(ids=[]), []),
        (ReplayFilter(EITHER, ids=range(1, 7)), ["early", "late", "other rule", "skipped", "test"]),
    ],
)
def test_filters_and_ranges_choose(
    database: Database, tenants: TwoTenants, replay_filter: ReplayFilter, expected: list[str]
) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, reason="early", created_at=NOON - timedelta(microseconds=1))
    end(database, tenants.ours, wall, reason="late")
    end(database, tenants.ours, wall, reason="other rule", rule_name="Losses")
    end(database, tenants.ours, wall, reason="skipped", state="skipped")
    end(database, tenants.ours, wall, reason="test", is_test=True)
    end(database, tenants.ours, wall, reason="sent", state="delivered")

    with database.reading(tenants.ours) as session:
        ids = find_replayable(session, tenants.ours, replay_filter)

    assert [each.reason for each in deliveries(database, tenants.ours) if each.id in ids] == expected


def test_what_stands_for_events_goes_again_and_a_notice_does_not(
    database: Database, tenants: TwoTenants
) -> None:
    wall, card = add_destination(database, tenants.ours), {"title": "While you were away", "lines": []}
    end(database, tenants.ours, wall, reason="digest", event_type=GATHERED, event_id=None, notice=card)
    end(database, tenants.ours, wall, reason="notice", event_type=NOTICE, event_id=None, notice=card)

    assert run(database, tenants, ReplayFilter()).counted == Counter({"Wall": 1})

    assert [each.event_type for each in deliveries(database, tenants.ours, state="pending")] == [GATHERED]


def test_a_folded_message_goes_again_whole_with_its_key(database: Database, tenants: TwoTenants) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, 4, message_key="client-one")
    end(database, tenants.ours, wall, message_key="client-two")
    end(database, tenants.theirs, add_destination(database, tenants.theirs), message_key="client-one")
    third = deliveries(database, tenants.ours)[2]
    replay_filter = ReplayFilter(ids=[third.id])

    assert run(database, tenants, replay_filter, dry_run=True).counted == Counter({"Wall": 4})
    assert run(database, tenants, replay_filter).counted == Counter({"Wall": 4})

    again = deliveries(database, tenants.ours, state="pending")
    assert [each.message_key for each in again] == ["client-one"] * 4
    assert [each.state for each in deliveries(database, tenants.theirs)] == ["dead"]


def test_what_cannot_be_sent_is_left_out_with_its_reason(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, None, 2)
    end(database, tenants.ours, add_destination(database, tenants.ours, is_active=False), 3)

    done = run(database, tenants, ReplayFilter())

    assert done == ReplayResult(Counter(), Counter({PAUSED: 3, REMOVED: 2}))
    assert len(deliveries(database, tenants.ours, state="dead")) == 5
    assert summary_lines("Acme", done, dry_run=False) == [
        "Acme: 0 deliveries will be sent again",
        f"3 left out: {PAUSED}",
        f"2 left out: {REMOVED}",
    ]


def test_what_the_card_of_another_rule_shows_is_not_sent_a_second_time(
    database: Database, tenants: TwoTenants
) -> None:
    end(
        database,
        tenants.ours,
        add_destination(database, tenants.ours),
        state="skipped",
        reason=ON_ANOTHER_CARD,
    )

    done = run(database, tenants, ReplayFilter(states=EITHER))

    assert done == ReplayResult(Counter(), Counter({ON_ANOTHER_CARD: 1}))


def test_a_dry_run_counts_and_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, add_destination(database, tenants.ours), 2)
    done = run(database, tenants, ReplayFilter(), dry_run=True)
    assert summary_lines("Acme", done, dry_run=True) == ["Acme: 2 deliveries would be sent again (Wall 2)"]
    assert len(deliveries(database, tenants.ours, state="dead")) == 2


class ThreeAtATime:
    """A pace that ends after the second batch."""

    batch = 3
    batches = 0

    def goes_on(self) -> bool:
        self.batches += 1
        return self.batches < 2


def test_a_replay_keeps_its_pace_and_may_be_ended(database: Database, tenants: TwoTenants) -> None:
    """What was done is in the audit trail, and the same replay goes on with the others."""
    end(database, tenants.ours, add_destination(database, tenants.ours), 10)
    actor = system(tenants.ours, "the test")
    done = replay_deliveries(database, actor, ReplayFilter(), dry_run=False, pacing=ThreeAtATime())
    assert done.counted == Counter({"Wall": 6})
    assert len(deliveries(database, tenants.ours, state="dead")) == 4
    with database.reading(tenants.ours) as session:
        mine = AuditEntry.tenant_id == tenants.ours
        assert session.scalars(select(AuditEntry.object).where(mine)).all() == ["6 deliveries"]
    assert run(database, tenants, ReplayFilter()).counted == Counter({"Wall": 4})


def test_ten_thousand_go_in_short_transactions(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(database, tenants.ours, add_destination(database, tenants.ours), 10_000)
    batches: list[int] = []
    really = delivery_store.replay

    def counted(*given: object) -> list[object]:
        again = really(*given)  # type: ignore[arg-type]
        batches.append(len(again))
        return list(again)

    monkeypatch.setattr(delivery_store, "replay", counted)

    assert run(database, tenants, ReplayFilter()).counted == Counter({"Wall": 10_000})
    assert batches == [500] * 20
    assert len(deliveries(database, tenants.ours, state="pending")) == 10_000


def test_a_notice_of_then_is_not_told_now(database: Database, tenants: TwoTenants) -> None:
    notice = {"title": "t", "words": "w"}
    end(database, tenants.ours, add_destination(database, tenants.ours), notice=notice, event_type=NOTICE)
    (dead,) = deliveries(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        assert find_replayable(session, tenants.ours, ReplayFilter()) == []
        assert find_replayable(session, tenants.ours, ReplayFilter(ids=[dead.id])) == [dead.id]
