"""Where the quota of writes to Chat is used up, all that goes elsewhere goes on; and nobody looks in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pytest
from sqlalchemy import select

from jobs.deliveries.results import SendResult
from models.destinations.outside import add_email_address
from models.tables.deliveries import ProjectQuota
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, deal, link, link_webhook
from tests.jobs.channels.outside import bench_with, rule_to
from web.playground.chat.store import StoredSpace

ROOM: Final = 50
ONE_WRITE: Final = 10  # a minute: one at first, and the next in less than seven seconds


def short_of_quota(bench: Bench, per_minute: int = ONE_WRITE) -> Bench:
    return bench_with(bench, chat_project_writes_per_minute=per_minute)


def mail(bench: Bench, tenant_id: int, *names: str) -> None:
    """Let every change of a deal be mailed, too; without a server that ends the delivery at its attempt."""
    with bench.database.writing(tenant_id) as session:
        for name in names:
            made = add_email_address(session, tenant_id, name, f"{name}@example.com")
            rule_to(session, tenant_id, made).name = name


def step(bench: Bench) -> list[SendResult]:
    """One step of a drain, with all that came."""
    begun = bench.step.begin([], expected=True)
    messages = bench.step.end(begun, ROOM, is_idle=True)
    results = [bench.deliver.send(each) for each in messages]
    if results:
        bench.deliver.finish(results)
    return results


def kinds(results: Sequence[SendResult]) -> Counter[tuple[int, str | None]]:
    return Counter((each.message.head.tenant_id, each.message.head.kind) for each in results)


@pytest.fixture
def narrow(bench: Bench) -> Bench:
    return short_of_quota(bench)


@pytest.mark.parametrize("is_known", [True, False])
def test_mails_and_incoming_webhooks_go_while_the_quota_of_chat_is_used_up(
    narrow: Bench, tenants: TwoTenants, *, is_known: bool
) -> None:
    """Whether the worker has learnt of it already or learns it with them."""
    link(narrow.database, tenants.ours)
    link_webhook(
        narrow.database, narrow.vault, tenants.theirs, narrow.chat.webhook_url(OTHER_SPACE), OTHER_SPACE
    )
    narrow.receive(tenants.ours, deal(1))
    assert kinds(step(narrow)) == {(tenants.ours, "chat_space"): 1}
    narrow.clock.advance(2)
    if is_known:
        narrow.receive(tenants.ours, deal(2))
        assert step(narrow) == []
    mail(narrow, tenants.ours, "ann")
    narrow.rulesets.forget({tenants.ours})
    narrow.receive(tenants.ours, deal(3))
    narrow.receive(tenants.theirs, deal(3))

    results = step(narrow) + step(narrow)

    assert kinds(results) == {(tenants.ours, "email"): 1, (tenants.theirs, "chat_webhook"): 1}


def test_mails_behind_more_spaces_than_there_is_room_for_go_while_the_quota_is_used_up(
    narrow: Bench, tenants: TwoTenants
) -> None:
    for number in range(4):
        link(narrow.database, tenants.ours, f"spaces/N{number}")
    narrow.receive_deals(tenants.ours, 1)
    narrow.clock.advance(1)
    mail(narrow, tenants.theirs, "ann")
    narrow.receive_deals(tenants.theirs, 1)

    claimed = [each for _ in range(3) for each in narrow.deliver.claim(2)]

    assert Counter(each.head.kind for each in claimed) == {"chat_space": 1, "email": 1}


def test_mails_take_nothing_of_the_quota(narrow: Bench, tenants: TwoTenants) -> None:
    mail(narrow, tenants.ours, "ann", "ben")
    mail(narrow, tenants.theirs, "cyd")
    narrow.receive(tenants.ours, deal(1))
    narrow.receive(tenants.theirs, deal(1))
    results = step(narrow)
    narrow.receive_deals(tenants.ours, 1, first=2)
    narrow.clock.advance(1)

    results += narrow.send_due()

    assert kinds(results) == {(tenants.ours, "email"): 4, (tenants.theirs, "email"): 1}
    with narrow.database.reading_all() as session:
        assert list(session.scalars(select(ProjectQuota))) == []


def test_cards_are_sent_when_the_quota_is_back(narrow: Bench, tenants: TwoTenants) -> None:
    link(narrow.database, tenants.ours)
    link(narrow.database, tenants.theirs, OTHER_SPACE)
    for owner in tenants:
        narrow.receive(owner, deal(1))

    sent = step(narrow)
    due = narrow.deliver.next_due
    assert due is not None
    while len(sent) < 2:
        assert (narrow.clock.at - due).total_seconds() < 7
        narrow.clock.advance(0.5)
        sent += step(narrow)

    assert kinds(sent) == {(tenants.ours, "chat_space"): 1, (tenants.theirs, "chat_space"): 1}


def test_a_worker_without_quota_writes_nothing_before_it_is_back(
    narrow: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(narrow.database, tenants.ours)
    link(narrow.database, tenants.theirs, OTHER_SPACE)
    for owner in tenants:
        narrow.receive_deals(owner, 1)
    assert len(narrow.send_due()) == 1
    narrow.clock.advance(2)
    assert narrow.send_due() == []
    due = narrow.deliver.next_due
    assert due is not None
    assert 1 <= (due - narrow.clock.at).total_seconds() <= 5

    def refuse() -> Any:
        raise AssertionError("it writes")

    with monkeypatch.context() as patch:
        patch.setattr(narrow.database, "writing_all", refuse)
        for _ in range(9):
            assert narrow.send_due() == []
            assert narrow.deliver.next_due == due
            narrow.clock.advance(0.1)
    narrow.clock.at = due
    while not narrow.send_due():
        assert narrow.deliver.next_due is not None
        narrow.clock.at = narrow.deliver.next_due

    assert {narrow.only(owner).state for owner in tenants} == {"delivered"}


def test_a_tenant_whose_mails_go_all_the_time_takes_no_turn_in_chat(
    bench: Bench, tenants: TwoTenants
) -> None:
    short = short_of_quota(bench, 60)
    for owner in tenants:
        for number in range(9):
            space = f"spaces/T{owner}N{number}"
            short.chat.store.add_space(StoredSpace(space, space))
            link(short.database, owner, space)
    mail(short, tenants.ours, *(f"p{number}" for number in range(5)))

    sent: Counter[tuple[int, str | None]] = Counter()
    for number in range(80):
        if number % 4 == 0:
            short.receive_deals(tenants.ours, 1, first=number)
            short.receive_deals(tenants.theirs, 1, first=number)
        sent += kinds(short.send_due())
        short.clock.advance(0.25)

    assert sent[tenants.ours, "email"] >= 90
    assert sent[tenants.ours, "chat_space"] + sent[tenants.theirs, "chat_space"] >= 20
    assert abs(sent[tenants.ours, "chat_space"] - sent[tenants.theirs, "chat_space"]) <= 2
