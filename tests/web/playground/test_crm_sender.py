"""Webhooks are tried four times, and failing ones are banned."""

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.fake_pipedrive import FakePipedrive


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
