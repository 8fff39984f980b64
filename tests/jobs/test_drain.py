"""The drain: it delivers until nothing is due, beside others, through a database that comes and goes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from jobs import drain as drain_module
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import SendResult
from jobs.deliveries.send import DrawnMessage
from jobs.drain_step import Begun
from jobs.events.unclaimed import FEW
from models.clock import now
from models.destinations.outside import add_email_address
from models.errors import DatabaseUnavailable
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, deal, link, title_of
from tests.jobs.channels.outside import bench_with, rule_to
from tests.jobs.loops import drain_in_real_time, drain_of, run_until
from tests.jobs.mail.server import MailServer
from tests.stack import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _in_real_time(monkeypatch: pytest.MonkeyPatch, clock: HandClock) -> Iterator[None]:
    yield from drain_in_real_time(monkeypatch, clock)


def test_it_delivers_what_is_due_and_leaves(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "LINGER_S", 0.2)
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    started = time.monotonic()

    drain_of(bench).run(60)

    assert [title_of(card) for card in bench.chat.cards(SPACE)] == ["Deal 1"]
    assert time.monotonic() - started < 30


def test_a_helper_leaves_when_it_is_caught_up(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "LINGER_S", 1000)
    for owner, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, owner, space)
        bench.receive_deals(owner, 1)

    helper = threading.Thread(
        target=drain_of(bench).run, args=(1000,), kwargs={"is_helper": True}, daemon=True
    )
    helper.start()
    helper.join(50)

    assert not helper.is_alive()
    assert [bench.titles(SPACE), bench.titles(OTHER_SPACE)] == [["Deal 1"], ["Deal 1"]]
    assert {each.state for owner in tenants for each in bench.deliveries(owner)} == {"delivered"}


def test_a_wake_up_that_comes_as_it_ends_is_known(bench: Bench) -> None:
    drain = drain_of(bench)
    drain.run(0.5)
    assert not drain.is_woken()
    drain._inbox.put(None)
    assert drain.is_woken()


def test_a_drain_is_caught_up_once_few_events_are_new(bench: Bench, tenants: TwoTenants) -> None:
    for owner, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, owner, space)
        bench.receive(owner, *(deal(number) for number in range(FEW)))
    drain = drain_of(bench)

    drain._do_due_work()
    was_caught_up = drain._is_caught_up
    drain._do_due_work()

    assert (was_caught_up, drain._is_caught_up) == (False, True)


def test_two_drains_never_write_a_space_twice_within_a_second(bench: Bench, tenants: TwoTenants) -> None:
    bench.chat.quota.__init__(1.0, None)  # type: ignore[misc]
    link(bench.database, tenants.ours, is_urgent=True)
    bench.receive_deals(tenants.ours, 3)

    run_until(lambda: len(bench.chat.cards(SPACE)) == 3, bench, bench.another())

    writes = bench.chat.writes(SPACE)
    assert [seen.status for seen in writes] == [200] * 3
    assert all(later.at - earlier.at >= 0.99 for earlier, later in pairwise(writes))
    assert [title_of(card) for card in bench.chat.cards(SPACE)] == ["Deal 1", "Deal 2", "Deal 3"]


def test_a_result_that_nobody_waits_for_is_stored_with_the_next_event(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a step that has read all new events is followed by no other before something happens."""
    monkeypatch.setattr(drain_module, "GATHER_IDLE_S", 60)
    monkeypatch.setattr(drain_module, "GATHER_IN_STEPS_S", 0)
    monkeypatch.setattr(drain_module, "MOST_NAP_S", 60)
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.step.begin([], expected=False)  # what comes after its first look a worker reads without a claim
    bench.receive(tenants.ours, deal(1))
    begin, steps, running = bench.step.begin, [], drain_of(bench)

    def note(results: list[SendResult], *, expected: bool) -> Begun:
        begun = begin(results, expected=expected)
        steps.append((len(begun.events), len(results)))
        return begun

    monkeypatch.setattr(bench.step, "begin", note)

    def is_done() -> bool:
        if running._results and not bench.titles(OTHER_SPACE):
            bench.receive(tenants.theirs, deal(2))
            running._inbox.put(None)
            wait_until(lambda: bool(bench.titles(OTHER_SPACE)), 50)
        is_stored = any(each.state == "delivered" for each in bench.deliveries(tenants.ours))
        if is_stored:  # the end waits for nothing
            monkeypatch.setattr(drain_module, "GATHER_IDLE_S", 0.0)
            monkeypatch.setattr(drain_module, "MOST_NAP_S", 0.1)
        return is_stored

    run_until(is_done, running=running)

    assert steps == [(1, 0), (1, 1)]


def test_a_few_results_wait_for_more_while_events_come(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Chat has answered is stored once for several steps: that costs as much as to read an event."""
    monkeypatch.setattr(drain_module, "GATHER_IDLE_S", 120)
    monkeypatch.setattr(drain_module, "GATHER_IN_STEPS_S", 60)
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    running = drain_of(bench)
    bench.receive(tenants.ours, deal(1))
    running._do_due_work()
    running._note(running._inbox.get(timeout=50))
    bench.receive(tenants.theirs, deal(2))

    running._do_due_work()

    states = [each.state for owner in tenants for each in bench.deliveries(owner)]
    assert states == ["sending", "sending"]
    running._gathers_since -= drain_module.GATHER_IN_STEPS_S
    running._do_due_work()
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"]


def test_results_that_a_missing_database_cannot_take_do_not_keep_a_drain_busy(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "MOST_NAP_S", 60)
    for name in ("GATHER_IDLE_S", "GATHER_IN_STEPS_S"):
        monkeypatch.setattr(drain_module, name, 0.0)
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))
    running = drain_of(bench)
    running._do_due_work()
    running._note(running._inbox.get(timeout=50))
    is_due = running._store_in_s() <= 0

    running._note_away(DatabaseUnavailable("away"))

    assert is_due
    assert running._store_in_s() > 50
    running._tries_again -= 60
    running._do_due_work()
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"]


def test_a_mail_wakes_a_drain_that_waits_for_the_quota_of_chat(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "MOST_NAP_S", 60)
    narrow = bench_with(mailing, chat_project_writes_per_minute=1)
    link(narrow.database, tenants.ours)
    link(narrow.database, tenants.theirs, OTHER_SPACE)
    with narrow.database.writing(tenants.ours) as session:
        rule_to(session, tenants.ours, add_email_address(session, tenants.ours, "Board", "b@example.com"))
    for owner in tenants:
        narrow.receive(owner, deal(1))
    running, later = drain_of(narrow), [deal(2)]

    def is_done() -> bool:
        is_waiting = narrow.deliver._quota_share.back_at(now()) is not None
        while later and is_waiting and len(mail_server.mails) == 1:
            narrow.receive(tenants.ours, later.pop())
            running._inbox.put(None)
        return len(mail_server.mails) == 2

    run_until(is_done, running=running)

    assert len(narrow.chat.cards(SPACE)) + len(narrow.chat.cards(OTHER_SPACE)) == 1


def test_a_result_outlives_a_database_that_is_away(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    begin = bench.step.begin
    refused: list[int] = []

    def away_at_first(results: list[SendResult], *, expected: bool) -> Begun:
        if results and len(refused) < 3:
            refused.append(len(results))
            raise DatabaseUnavailable("away")
        return begin(results, expected=expected)

    monkeypatch.setattr(bench.step, "begin", away_at_first)

    run_until(lambda: bench.only(tenants.ours).state == "delivered", bench)

    assert refused == [1, 1, 1]
    assert len(bench.chat.writes()) == 1


def test_being_stopped_it_stores_the_result_of_what_is_being_sent(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    sender, begun = bench.deliver.sender, threading.Event()

    async def post_when_stopping(drawn: DrawnMessage) -> SendResult:
        begun.set()  # before that, nothing is being sent and all of it is given back
        assert await asyncio.to_thread(drain_module.stopping.wait, 50)
        return await sender.post(drawn)

    monkeypatch.setattr(sender.loop, "_send", post_when_stopping)

    run_until(begun.is_set, bench)

    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered", "pending"]
    assert bench.lane(tenants.ours).lease_token is None


def test_cards_are_drawn_outside_the_thread_that_posts_them(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)
    drew, posted = set[str](), set[str]()
    sender = bench.deliver.sender
    draw, post = sender.draw, sender.post

    def draw_here(message: OutgoingMessage) -> DrawnMessage:
        drew.add(threading.current_thread().name)
        return draw(message)

    async def post_here(drawn: DrawnMessage) -> SendResult:
        posted.add(threading.current_thread().name)
        return await post(drawn)

    monkeypatch.setattr(sender, "draw", draw_here)
    monkeypatch.setattr(sender.loop, "_send", post_here)

    run_until(lambda: len(bench.chat.writes()) == 2, bench)

    assert posted == {"send-loop"}
    assert len(drew) == 1
    assert drew.isdisjoint(posted)


def test_a_database_that_is_away_ends_nothing(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.spread()
    end, limits = bench.step.end, []

    def away_at_first(begun: Begun, room: int, *, is_idle: bool) -> Any:
        limits.append(room)
        if len(limits) < 3:
            raise DatabaseUnavailable("away")
        return end(begun, room, is_idle=is_idle)

    monkeypatch.setattr(bench.step, "end", away_at_first)

    run_until(lambda: bench.only(tenants.ours).state == "delivered", bench)

    assert len(limits) >= 3
