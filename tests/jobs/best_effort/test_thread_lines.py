"""The thread of an object gets a line about news that came at the end of the space."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.best_effort.thread_lines import ThreadLineWriter
from jobs.deliveries.prepare import Preparation
from jobs.names.cache import NameCache
from models.clock import now
from models.tables import Delivery, Lane, PipedriveUser
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, NoSource, deal, link, link_webhook
from tests.models.acting import later
from web.playground.faults import Fault

WON: dict[str, Any] = {"action": "change", "status": "won", "stage_id": 5}


def won(number: int) -> dict[str, Any]:
    return deal(number, **WON) | {"previous": {"status": "open"}}


@pytest.fixture
def lines(bench: Bench) -> ThreadLineWriter:
    bench.clock.at = now() - timedelta(minutes=5)
    preparation = Preparation(bench.database, NameCache(bench.database, NoSource()), bench.rulesets)
    return ThreadLineWriter(bench.settings, bench.database, bench.vault, preparation, bench.clients)


def deliver(bench: Bench, tenant_id: int, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        bench.receive(tenant_id, body)
        bench.spread()
        bench.send_all()


def messages(bench: Bench) -> list[dict[str, Any]]:
    return bench.chat.cards(SPACE)


def due(bench: Bench) -> list[int]:
    with bench.database.reading_all() as session:
        return list(session.scalars(select(Delivery.id).where(Delivery.line_due_at.is_not(None))))


def test_a_win_comes_at_the_end_and_its_thread_gets_a_line(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    assert lines.step()

    first, news, line = messages(bench)
    assert news["thread"]["name"] != first["thread"]["name"]
    assert line["thread"]["name"] == first["thread"]["name"]
    assert line["text"].startswith("Won: Deal 7")
    assert "cardsV2" not in line
    assert not lines.step()
    assert due(bench) == []


def test_nobody_is_notified_of_a_line(bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    lines.step()

    silent = "createMessageNotificationOptions.notificationType"
    assert [each.query.get(silent) for each in bench.chat.requests if "messageId" in each.query][-1] == (
        "NOTIFICATION_TYPE_SILENT"
    )


def test_a_thread_that_does_not_exist_gets_nothing(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, won(4711))
    assert lines.step()

    assert len(messages(bench)) == 1
    assert due(bench) == []
    assert bench.only(tenants.ours).state == "delivered"


@pytest.mark.parametrize("body", [won(7), deal(7)])
def test_a_rule_without_threads_owes_no_line(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants, body: dict[str, Any]
) -> None:
    link(bench.database, tenants.ours)
    deliver(bench, tenants.ours, deal(7), body)

    assert not lines.step()
    assert len(messages(bench)) == 2


def test_urgent_news_leaves_a_line_in_the_thread_of_the_other_rule(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, on=["deal.created", "deal.updated"], thread="deal")
    link(bench.database, tenants.ours, on=["deal.updated"], is_urgent=True)
    deliver(bench, tenants.ours, deal(7), deal(7, action="change", value=5) | {"previous": {"value": 4}})
    lines.step()

    first, _, line = messages(bench)
    assert line["thread"]["name"] == first["thread"]["name"]


def test_the_thread_of_a_day_gets_lines_of_its_news(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="day")
    deliver(bench, tenants.ours, deal(1), won(7))
    lines.step()

    first, _, line = messages(bench)
    assert line["thread"]["name"] == first["thread"]["name"]


def test_an_incoming_webhook_gets_its_line_too(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    url = bench.chat.webhook_url(SPACE)
    link_webhook(bench.database, bench.vault, tenants.ours, url, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    lines.step()

    first, _, line = messages(bench)
    assert line["thread"]["name"] == first["thread"]["name"]


def test_what_is_restricted_is_told_in_no_thread(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    with bench.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("1", "2"))
    deliver(bench, tenants.ours, deal(7))
    hidden = won(7)
    hidden["meta"]["permitted_user_ids"] = ["1"]
    deliver(bench, tenants.ours, hidden)

    assert bench.deliveries(tenants.ours)[-1].redacted_because
    assert not lines.step()


def test_a_line_is_written_at_most_once(bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants) -> None:
    """A worker that is killed while it sends has noted the line as written before."""
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    bench.chat.faults.order(Fault(times=1, status=500))
    assert lines.step()

    assert not lines.step()
    assert len(messages(bench)) == 2


def test_a_429_wrote_nothing_and_the_line_comes_later(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    bench.chat.faults.order(Fault(times=1, status=429, headers={"Retry-After": "30"}))
    lines.step()

    assert not lines.step()
    bench.change_lane(tenants.ours, free_at=None)
    assert lines.step()
    assert len(messages(bench)) == 3


def test_a_line_waits_behind_due_cards_and_its_space_rests(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    bench.change_lane(tenants.ours, due_at=later(-1))
    assert not lines.step()

    bench.change_lane(tenants.ours, due_at=None)
    assert lines.step()
    free_at = bench.lane(tenants.ours).free_at
    assert free_at is not None
    assert free_at > now()


def test_a_line_that_is_too_old_is_dropped(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, thread="deal")
    deliver(bench, tenants.ours, deal(7), won(7))
    with bench.database.writing(tenants.ours) as session:
        owed = Delivery.line_due_at.is_not(None)
        session.execute(update(Delivery).where(owed).values(line_due_at=later(-700)))
    lines.step()

    assert len(messages(bench)) == 2
    assert due(bench) == []


def test_the_lines_of_a_tenant_are_its_own(
    bench: Bench, lines: ThreadLineWriter, tenants: TwoTenants
) -> None:
    """The other tenant's space is leased by a worker; ours is written."""
    link(bench.database, tenants.ours, thread="deal")
    link(bench.database, tenants.theirs, "spaces/BBBB", thread="deal")
    for tenant_id in tenants:
        deliver(bench, tenant_id, deal(7), won(7))
    with bench.database.writing_all() as session:
        theirs = Lane.tenant_id == tenants.theirs
        session.execute(update(Lane).where(theirs).values(lease_until=later(60)))
    assert lines.step()

    assert len(messages(bench)) == 3
    assert len(due(bench)) == 1
