"""Webhooks are tried four times, and failing ones are banned."""

from tests.web.playground.app_stub import AppStub, app_stub
from tests.web.playground.crm_talk import heard
from web.playground.pipedrive.server import FakePipedrive


def test_a_failed_delivery_is_tried_four_times_with_the_same_id(
    pipedrive: FakePipedrive, subscriber: AppStub
) -> None:
    subscriber.replies = [500, 302, 404, 200]
    pipedrive.do("win_deal", id=1)
    bodies = heard(pipedrive, subscriber)
    assert [body["meta"]["attempt"] for body in bodies] == [1, 2, 3, 4]
    assert len({body["meta"]["id"] for body in bodies}) == 1
    assert [sent.status for sent in pipedrive.sender.sent] == [500, 302, 404, 200]


def test_after_four_failures_an_event_is_gone(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    subscriber.server.close()
    pipedrive.do("win_deal", id=1)
    assert pipedrive.sender.settle()
    assert [sent.status for sent in pipedrive.sender.sent] == [0, 0, 0, 0]


def test_ten_failed_first_attempts_ban_a_webhook_and_lose_its_events(
    pipedrive: FakePipedrive, subscriber: AppStub
) -> None:
    subscriber.replies = [500]
    for number in range(10):
        pipedrive.do("change_value", id=1, value=number)
        pipedrive.sender.settle()
    heard = len(subscriber.seen)
    subscriber.replies = [200]
    pipedrive.do("win_deal", id=1)
    pipedrive.sender.settle()
    (health,) = pipedrive.state()["webhooks"]
    assert (health["banned"], health["lost"], health["failures"]) == (True, 1, 0)
    assert len(subscriber.seen) == heard


def test_retries_come_after_3_30_and_150_seconds_of_the_clock() -> None:
    with FakePipedrive() as pipedrive, app_stub() as app:
        pipedrive.clock.stop()
        pipedrive.register(app.url)
        app.replies = [500]
        pipedrive.do("win_deal", id=1)
        attempts = []
        for seconds in (0, 2, 2, 27, 5, 140, 12, 10_000):
            pipedrive.clock.forward(seconds)
            assert pipedrive.sender.rest()
            attempts.append(app.events[-1]["meta"]["attempt"])
        assert attempts == [1, 1, 2, 2, 3, 3, 4, 4]
        assert len(app.events) == 4


def test_a_ban_ends_after_half_an_hour_and_what_it_lost_stays_lost() -> None:
    with FakePipedrive() as pipedrive, app_stub() as app:
        pipedrive.clock.stop()
        webhook = pipedrive.register(app.url)
        app.replies = [500]
        for number in range(10):
            pipedrive.do("change_value", id=1, value=number)
            assert pipedrive.sender.rest()
        app.replies = [200]
        pipedrive.do("win_deal", id=2)
        pipedrive.clock.forward(29 * 60)
        pipedrive.do("win_deal", id=3)
        assert webhook.lost == 2
        pipedrive.clock.forward(2 * 60)
        pipedrive.do("win_deal", id=4)
        assert pipedrive.sender.settle()
    won = [body["meta"]["entity_id"] for body in app.events if "status" in (body["previous"] or {})]
    assert won == ["4"]


def test_nothing_more_is_sent_to_a_webhook_that_is_gone() -> None:
    with FakePipedrive() as pipedrive, app_stub() as app:
        pipedrive.clock.stop()
        webhook = pipedrive.register(app.url)
        app.replies = [500]
        pipedrive.do("win_deal", id=1)
        assert pipedrive.sender.rest()
        pipedrive.subscriptions.remove(webhook.id)
        pipedrive.clock.forward(3600)
        assert pipedrive.sender.settle()
        assert len(app.events) == 1
