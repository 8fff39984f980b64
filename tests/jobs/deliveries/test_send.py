"""Sending one message: by the loop what goes to a space, and whatever goes wrong is in the result."""

from __future__ import annotations

import time

import pytest
from rq.exceptions import StopRequested
from rq.timeouts import JobTimeoutException

from bot.widgets import Message
from jobs.channels import About
from jobs.deliveries.about import about
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import SendResult
from models.destinations.outside import add_email_address
from models.errors import BadMessage, TemporaryFailure
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, link, link_webhook
from tests.jobs.channels.outside import rule_to
from tests.jobs.loops import run_alone
from tests.jobs.to_servers.dripping import HEADERS, LIMIT_S, MOST_S, dripping
from web.playground.faults import Fault


def send_in_loop(bench: Bench) -> list[SendResult]:
    """Send what is due by the loop."""

    async def send_all() -> list[SendResult]:
        sender = bench.deliver.sender
        due = [message for message in bench.deliver.claim(50) if sender.goes_by_loop(message)]
        try:
            return [await sender.post(sender.draw(message)) for message in due]
        finally:
            await sender._poster.close()

    results = run_alone(send_all())
    bench.deliver.finish(results)
    return results


def test_the_loop_sends_what_a_thread_sends(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (sent,) = send_in_loop(bench)
    assert (sent.error, sent.message_name) == (None, bench.chat.cards(SPACE)[0]["name"])
    assert bench.only(tenants.ours).state == "delivered"
    bench.clock.advance(2)
    bench.receive_deals(tenants.ours, 1, first=2)
    bench.send_all()
    by_loop, by_thread = bench.chat.cards(SPACE)
    assert by_loop["cardsV2"][0]["card"].keys() == by_thread["cardsV2"][0]["card"].keys()


def test_a_refused_card_goes_as_plain_text(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.chat.faults.order(Fault(status=400))
    (refused,) = send_in_loop(bench)
    assert isinstance(refused.error, BadMessage)
    bench.clock.advance(1)
    (sent,) = send_in_loop(bench)
    assert sent.error is None
    (shown,) = bench.chat.cards(SPACE)
    assert "cardsV2" not in shown
    assert "Deal 1" in shown["text"]


@pytest.mark.parametrize(("statuses", "kind"), [((503,), TemporaryFailure), ((400,), BadMessage)])
def test_what_chat_refuses_is_in_the_result(
    bench: Bench, tenants: TwoTenants, statuses: tuple[int, ...], kind: type[Exception]
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    for status in statuses:
        bench.chat.faults.order(Fault(status=status))
    (sent,) = send_in_loop(bench)
    assert isinstance(sent.error, kind)


def test_an_unforeseen_failure_is_in_the_result(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    monkeypatch.setattr("jobs.deliveries.send.render_message", lambda _message: 1 / 0)
    (sent,) = send_in_loop(bench)
    assert str(sent.error) == "ZeroDivisionError: division by zero"
    assert bench.only(tenants.ours).state == "pending"


def test_an_incoming_webhook_is_left_to_the_threads(bench: Bench, tenants: TwoTenants) -> None:
    link_webhook(bench.database, bench.vault, tenants.ours, bench.chat.webhook_url(SPACE))
    bench.receive_deals(tenants.ours, 1)
    assert send_in_loop(bench) == []


def test_a_card_says_it_itself(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(1)

    assert about(message) == About()


def test_a_message_names_its_event(bench: Bench, tenants: TwoTenants) -> None:
    with bench.database.writing(tenants.ours) as session:
        made = add_email_address(session, tenants.ours, "Board", "board@example.com")
        rule_to(session, tenants.ours, made)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(1)

    found = about(message)

    assert (found.rule, found.count, found.thread) == ("Deals", 1, "")
    assert [(event["entity"], event["id"]) for event in found.events] == [("deal", "1")]


@pytest.mark.parametrize("signal", [StopRequested, JobTimeoutException])
def test_a_signal_while_a_card_is_drawn_is_no_failure_of_the_card(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, signal: type[Exception]
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(1)

    def interrupted(_message: OutgoingMessage) -> Message:
        raise signal

    monkeypatch.setattr("jobs.deliveries.send.render_message", interrupted)
    with pytest.raises(signal):
        bench.deliver.sender.draw(message)


def test_all_of_a_message_that_a_thread_sends_ends_in_time(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.deliveries.send.SEND_WITHIN_S", LIMIT_S)
    link_webhook(bench.database, bench.vault, tenants.ours, bench.chat.webhook_url(SPACE))
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(50)
    sender = bench.deliver.sender
    with dripping(HEADERS) as url:
        monkeypatch.setattr(sender._clients.chat_webhook, "_other_origin", url)
        began = time.monotonic()
        sent = sender.send(message)
        assert time.monotonic() - began < MOST_S
    assert isinstance(sent.error, TemporaryFailure)
