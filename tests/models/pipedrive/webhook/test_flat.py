"""The flat dialect of hand-written senders: names next to ids, and derived types named directly."""

from typing import Any

import pytest

from models.pipedrive.change import read
from models.pipedrive.webhook import flat as dialect
from models.pipedrive.webhook.parsed import ParsedWebhook, Unreadable

CURRENT = {"id": 8, "title": "Big deal", "stage_name": "Negotiation", "value": 100}


def told(event: str, **more: Any) -> ParsedWebhook:
    found = dialect.parse({"event": event, "current": CURRENT, **more})
    assert found is not None
    return found


def test_it_is_known_by_the_text_of_its_event() -> None:
    assert dialect.speaks({"event": "deal.updated"}) is True
    assert dialect.speaks({"event": ["deal.updated"]}) is False
    assert dialect.speaks({"current": CURRENT}) is False


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("deal.created", "created"),
        ("deal.added", "created"),
        ("added.deal", "created"),
        ("updated.deal", "updated"),
        ("deal.deleted", "deleted"),
        ("deal.won", "updated"),
        ("merged.deal", "updated"),
    ],
)
def test_both_orders_of_words_are_understood(event: str, action: str) -> None:
    assert told(event).action == action


@pytest.mark.parametrize("event", ["deal", "deal.", ".updated", "deal.exploded", "deal.updated.twice"])
def test_events_that_name_no_change_are_unreadable(event: str) -> None:
    with pytest.raises(Unreadable):
        dialect.parse({"event": event, "current": CURRENT})


def test_entities_outside_the_list_are_told_nothing_of() -> None:
    assert dialect.parse({"event": "board.updated", "current": {}}) is None


def test_only_values_that_differ_were_touched() -> None:
    found = told("deal.updated", previous={"stage_name": "Qualified", "value": 100})
    assert (found.touched, found.before) == (frozenset(("stage_name",)), {"stage_name": "Qualified"})


def test_who_may_have_a_name_and_no_id() -> None:
    found = told("deal.updated", user={"name": "Grace", "email": "g@example.com"}, company_id=12345)
    assert (found.who_id, found.who_name, found.company_id) == (None, "Grace", "12345")
    assert told("deal.updated", user="Grace").who_name is None


def test_a_derived_type_is_believed() -> None:
    change = read({"event": "deal.won", "current": CURRENT, "previous": {}})
    assert change is not None
    assert change.types == ("deal.updated", "deal.won")


def test_a_signal_is_no_update() -> None:
    change = read({"event": "deal.stalled", "current": CURRENT})
    assert change is not None
    assert change.types == ("deal.stalled",)


def test_an_object_without_an_id_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"current\.id"):
        dialect.parse({"event": "deal.updated", "current": {"title": "x"}})
